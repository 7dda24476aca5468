"""`provision machine` on a VM: what docker-machine's users did with theirs.

Every option is tried on container nodes, in tests/integration/machine_commands; here it is about
what another driver may do otherwise. The last machine goes through all of it, and is gone then.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.integration.machine_cli import MachineCli, changes

from .conftest import Cluster, environment

pytestmark = [pytest.mark.vm, pytest.mark.timeout(7200)]

BOOT = "cat /proc/sys/kernel/random/boot_id"


@pytest.fixture(scope="module")
def cli(cluster: Cluster) -> MachineCli:
    home = {**environment(cluster.folder), "DOCKER_CONFIG": str(cluster.folder / "docker")}
    return MachineCli(cluster.folder, home, patience=1800)


@pytest.fixture(scope="module")
def last(cluster: Cluster) -> str:
    return cluster.nodes[-1]


def test_what_is_known_of_it(cluster: Cluster, cli: MachineCli, last: str) -> None:
    address = cluster.address(last)
    assert cli.machine("ip", last) == address
    assert cli.machine("url", last) == f"tcp://{address}:2376"
    assert cli.machine("status", last) == "Running"
    assert cli.machine("ls", "-q").split() == cluster.nodes
    line = cli.machine("ls", "-t", "60", "--filter", "driver=vagrant", "--filter", f"name=^{last}$")
    version = cli.machine("version", last)
    assert line.splitlines()[1].split()[:6] == (
        [last, "-", "vagrant", "Running", f"tcp://{address}:2376", cluster.name]
    )
    assert version in line
    found = cli.inspect(last)
    assert found["Driver"]["Memory"] == 1024
    assert {address, last} <= set(found["HostOptions"]["AuthOptions"]["ServerCertSANs"])
    assert cli.machine("inspect", "-f", "{{.Driver.IPAddress}}", last) == address


def test_docker_is_led_to_it_over_tls(cluster: Cluster, cli: MachineCli, last: str) -> None:
    name = "--format '{{.Name}}'"
    lines = cli.shell(
        f"docker $(provision machine config {last}) info {name}\n"
        f'eval "$(provision env --shell bash {last})"; docker info {name}; '
        "provision machine active\n"
        'eval "$(provision env --shell bash --unset)"; echo "${DOCKER_HOST-none}"\n'
        f'eval "$(provision env --shell bash --context {last})"; docker info {name}'
    ).splitlines()
    assert lines == [last, last, last, "none", last]
    assert " 200 OK" in cli.ping(last, cli.client(cluster.name, cluster.name))
    stranger = cli.ping(last, cli.client(cluster.name))
    assert "200" not in stranger
    assert "certificate" in stranger


def test_commands_and_files(cluster: Cluster, cli: MachineCli, last: str, tmp_path: Path) -> None:
    assert cli.machine("ssh", last, "hostname") == last
    cli.run("machine", "ssh", last, "exit 7", expect=7)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "file").write_text("content\n")
    cli.run("machine", "scp", "-r", "-q", str(tmp_path / "folder"), f"{last}:/root/")
    cli.run("scp", f"{last}:/root/folder/file", f"{cluster.nodes[0]}:/root/across")
    cli.run("scp", f"{cluster.nodes[0]}:/root/across", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "content\n"
    folder = tmp_path / "mounted"
    folder.mkdir()
    cli.run("machine", "mount", f"{last}:/root/folder", str(folder))
    try:
        assert (folder / "file").read_text() == "content\n"
    finally:
        cli.run("machine", "mount", "-u", f"{last}:/root/folder", str(folder))


def test_certificates_are_made_anew(cluster: Cluster, cli: MachineCli, last: str) -> None:
    before, other = cli.certificate(last), cli.certificate(cluster.nodes[0])
    process = cli.dockerd(last)
    cli.run("machine", "regenerate-certs", "-f", last)
    assert cli.certificate(last) not in (before, other)
    assert cli.certificate(cluster.nodes[0]) == other
    assert cli.dockerd(last) != process
    assert " 200 OK" in cli.ping(last, cli.client(cluster.name, cluster.name))


def test_its_docker_is_set_up_again_and_is_the_newest(cli: MachineCli, last: str) -> None:
    assert changes(cli.machine("provision", last)) == 0
    version = cli.machine("version", last)
    assert f"{last} : ok=" in cli.machine("upgrade", last)
    assert cli.machine("version", last) == version


def test_it_is_switched_off_and_on_orderly_and_by_the_plug(
    cluster: Cluster, cli: MachineCli, last: str
) -> None:
    boots = [cli.machine("ssh", last, BOOT)]
    for off, on in (("stop", "start"), ("kill", "restart")):
        cli.machine(off, last)
        assert cli.machine("status", last) == "Stopped"
        assert cli.machine("ls", "-q", "--filter", "state=Stopped") == last
        cli.machine(on, last)
        boots.append(cli.machine("ssh", last, BOOT))
    assert len(set(boots)) == 3
    cluster.ssh(last, "systemctl is-system-running --wait || true")
    cluster.provision("verify")


def test_nothing_is_left_of_it(cluster: Cluster, cli: MachineCli, last: str) -> None:
    refused = cli.run("machine", "rm", "-y", last, expect=2)
    assert "swarm" in refused.stderr
    assert "still declared" in cli.machine("rm", "-f", last)
    assert cli.machine("ls", "-q").split() == cluster.nodes[:-1]
    for listing in (["list", "--all", "--name"], ["vol-list", "default"]):
        done = subprocess.run(
            ["virsh", "-q", "-c", "qemu:///system", *listing],
            capture_output=True,
            text=True,
            check=True,
        )
        assert cluster.nodes[0] in done.stdout, listing
        assert last not in done.stdout, listing

"""Every `provision machine` command with its documented options, on real nodes.

The two machines go through all of it in this order; the last tests remove them.
"""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest
from docker.types import IPAMConfig, IPAMPool

from tests.integration.machine_cli import changes
from tests.integration.machine_commands.conftest import Cli

pytestmark = [pytest.mark.node, pytest.mark.timeout(900)]


def test_clusters_lie_side_by_side(cli: Cli) -> None:
    addresses = cli.machine("ip", cli.one, cli.two).splitlines()
    networks = {address.rpartition(".")[0] for address in addresses}
    assert len(networks) == 2
    assert cli.tls(cli.one) != cli.tls(cli.two)
    assert (cli.tls(cli.one) / "ca.pem").read_bytes() != (cli.tls(cli.two) / "ca.pem").read_bytes()


def test_keys_are_private(cli: Cli) -> None:
    for key in [*cli.tls(cli.one).rglob("*.pem"), cli.tls(cli.one)]:
        assert key.stat().st_mode & 0o077 == 0, key


def test_ls(cli: Cli) -> None:
    listed = cli.machine("ls")
    assert listed.splitlines()[0].split() == (
        ["NAME", "ACTIVE", "DRIVER", "STATE", "URL", "CLUSTER", "DOCKER", "ERRORS"]
    )
    assert f"{cli.one}  -       docker  Running" in listed
    assert sorted(cli.machine("ls", "-q").splitlines()) == sorted([cli.one, cli.two])
    assert cli.run("--cluster", cli.one, "machine", "ls", "--quiet").stdout.split() == [cli.one]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["label=tier=web"], ["one"]),
        (["driver=static"], []),
        (["driver=docker", "state=Running"], ["one", "two"]),
        (["state=Stopped"], []),
    ],
)
def test_ls_filters(cli: Cli, filters: list[str], expected: list[str]) -> None:
    words = [word for text in filters for word in ("--filter", text)]
    names = sorted(getattr(cli, each) for each in expected)
    assert sorted(cli.machine("ls", "-q", *words).split()) == names


def test_ls_filters_by_name_and_formats(cli: Cli) -> None:
    line = cli.machine("ls", "--filter", f"name=^{cli.two}$", "--format", r"{{.Name}}\t{{.State}}")
    assert line == f"{cli.two}\tRunning"
    refused = cli.run("machine", "ls", "--filter", "swarm=x", expect=2)
    assert "classic Swarm is gone" in refused.stderr


def test_what_is_known_of_a_machine(cli: Cli) -> None:
    address = cli.machine("ip", cli.one)
    assert cli.machine("url", cli.one) == f"tcp://{address}:2376"
    assert cli.machine("status", cli.one) == "Running"
    assert cli.machine("inspect", "-f", "{{.Driver.IPAddress}}", cli.one) == address
    found = cli.inspect(cli.one)
    assert found["Driver"]["Memory"] == 768
    names = found["HostOptions"]["AuthOptions"]["ServerCertSANs"]
    assert {"one.example", address, cli.one} <= set(names)
    version = cli.machine("version", cli.one)
    assert version in cli.machine("ls", "-f", "{{.DockerVersion}}")
    assert cli.run("machine", "version", env={"PROVISION_DIR": "/nonexistent"}).stdout.startswith(
        "provision "
    )


def test_engine_has_the_options_of_create(cli: Cli) -> None:
    info = json.loads(
        cli.shell(f"docker $(provision machine config {cli.one}) info --format '{{{{json .}}}}'")
    )
    assert info["Name"] == cli.one
    assert info["Labels"] == ["tier=web"]
    assert info["RegistryConfig"]["Mirrors"] == ["https://mirror.example/"]
    assert "registry.example:5000" in info["RegistryConfig"]["IndexConfigs"]
    environment = cli.machine("ssh", cli.one, r"tr '\0' '\n' < /proc/$(pidof dockerd)/environ")
    assert 'QUOTED=a "b" \\ 100%' in environment.splitlines()


def test_env_leads_docker_to_a_machine(cli: Cli) -> None:
    script = f'eval "$(provision env --shell bash {cli.one})"; docker info --format "{{{{.Name}}}}"'
    script += f"; provision machine active; provision machine ls -q --filter name={cli.two}"
    # provision's own docker driver does not follow: two is still found.
    script += f"; provision machine status {cli.two}"
    script += '; eval "$(provision env --shell bash --unset)"; echo "${DOCKER_HOST-none}"'
    lines = cli.shell(script).splitlines()
    assert lines == [cli.one, cli.one, cli.two, "Running", "none"]
    assert cli.run("machine", "active", expect=1).stderr.strip() == "No active machine found"


def test_env_makes_a_docker_context(cli: Cli) -> None:
    script = f'eval "$(provision env --shell bash --context {cli.two})"'
    script += '; docker info --format "{{.Name}}"; provision machine active; echo $DOCKER_CONTEXT'
    assert cli.shell(script).splitlines() == [cli.two, cli.two, f"{cli.two}.{cli.two}"]


@pytest.mark.parametrize(
    ("shell", "setting", "unsetting"),
    [
        ("zsh", "export DOCKER_TLS_VERIFY=1", "unset DOCKER_HOST"),
        ("fish", "set -gx DOCKER_TLS_VERIFY '1';", "set -e DOCKER_HOST;"),
        ("powershell", "$Env:DOCKER_TLS_VERIFY = '1'", "Remove-Item Env:\\DOCKER_HOST"),
        ("cmd", "SET DOCKER_TLS_VERIFY=1", "SET DOCKER_HOST="),
    ],
)
def test_env_speaks_to_shells(cli: Cli, shell: str, setting: str, unsetting: str) -> None:
    assert setting in cli.run("env", "--shell", shell, cli.one).stdout
    assert unsetting in cli.run("env", "--shell", shell, "-u").stdout
    proxied = cli.run("env", "--shell", shell, "--no-proxy", cli.one, env={"NO_PROXY": "a"}).stdout
    assert f"a,{cli.machine('ip', cli.one)}" in proxied


def test_strangers_are_refused(cli: Cli) -> None:
    assert " 200 OK" in cli.ping(cli.one, cli.client(cli.one, cli.one))
    nobody = cli.ping(cli.one, cli.client(cli.one))
    assert "200" not in nobody
    assert "certificate" in nobody
    neighbour = cli.ping(cli.one, cli.client(cli.one, cli.two))
    assert "200" not in neighbour
    assert "400 Bad Request" in cli.ping(cli.one, None)


def test_ssh_and_scp(cli: Cli, tmp_path: Path) -> None:
    assert cli.machine("ssh", cli.one, "hostname") == cli.one
    cli.run("machine", "ssh", cli.one, "exit 7", expect=7)
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_text("content\n")
    cli.run("scp", "-q", str(folder / "file"), f"{cli.one}:/root/copied")
    cli.run("machine", "scp", "-r", str(folder), f"{cli.one}:/root/")
    # From one cluster's machine to the other's.
    cli.run("machine", "scp", f"{cli.one}:/root/folder/file", f"{cli.two}:/root/across")
    cli.run("machine", "scp", f"{cli.two}:/root/across", str(tmp_path / "back"))
    assert (tmp_path / "back").read_text() == "content\n"
    assert cli.machine("ssh", cli.one, "cat", "/root/copied") == "content"


def test_scp_sends_only_what_differs(cli: Cli, tmp_path: Path) -> None:
    file = tmp_path / "large"
    file.write_bytes(os.urandom(1 << 20))
    target = f"{cli.one}:/root/large"
    lacking = cli.run("machine", "scp", "-d", str(file), target, env={"PATH": "/nowhere"}, expect=2)
    assert "apt-get install" in lacking.stderr
    cli.machine("ssh", cli.one, "apt-get install -y -qq rsync >/dev/null")
    cli.run("machine", "scp", "-d", "-q", str(file), target)
    with file.open("ab") as more:
        more.write(b"more")
    said = cli.machine("scp", "--delta", str(file), target)
    assert "large" in said
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert digest in cli.machine("ssh", cli.one, "sha256sum", "/root/large")
    refused = cli.run("scp", "-d", f"{cli.one}:/root/large", f"{cli.two}:/root/", expect=2)
    assert "rsync does not copy between two machines" in refused.stderr


def test_a_forwarded_port(cli: Cli) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "provision", "machine", "ssh"]
    with subprocess.Popen(
        [*command, "-L", f"{port}:/var/run/docker.sock", cli.one, "echo there; cat"],
        cwd=cli.folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as forwarding:
        assert forwarding.stdout is not None
        assert forwarding.stdout.readline() == "there\n"
        # ssh waits for the end of what it forwards.
        with closing(docker.DockerClient(base_url=f"tcp://127.0.0.1:{port}")) as engine:
            assert engine.info()["Name"] == cli.one
        forwarding.communicate("")
    assert forwarding.returncode == 0


def test_mount(cli: Cli, tmp_path: Path) -> None:
    arguments = ("machine", "mount", f"{cli.one}:/root", str(tmp_path))
    refused = cli.run(*arguments, expect=2, env={"PATH": "/nowhere"})
    assert "apt-get install sshfs" in refused.stderr
    cli.run(*arguments)
    try:
        (tmp_path / "mounted").write_text("from here\n")
        assert cli.machine("ssh", cli.one, "cat /root/mounted") == "from here"
    finally:
        cli.run("machine", "mount", "-u", f"{cli.one}:/root", str(tmp_path))
    assert not list(tmp_path.iterdir())


def test_regenerating_restarts_only_what_changed(cli: Cli, tmp_path: Path) -> None:
    before, other = cli.dockerd(cli.one), cli.dockerd(cli.two)
    certificate = cli.tls(cli.one) / "servers" / f"{cli.one}.pem"
    old = certificate.read_text()
    cli.run("machine", "regenerate-certs", "-f", cli.one)
    assert certificate.read_text() != old
    assert cli.certificate(cli.one) == certificate.read_text().strip()
    assert cli.dockerd(cli.one) != before
    assert cli.dockerd(cli.two) == other
    assert " 200 OK" in cli.ping(cli.one, cli.client(cli.one, cli.one))


def test_a_new_authority_makes_old_client_certificates_worthless(cli: Cli) -> None:
    old = cli.client(cli.two, cli.two)
    cli.run("machine", "regenerate-certs", "-f", "--client-certs", cli.two)
    assert " 200 OK" in cli.ping(cli.two, cli.client(cli.two, cli.two))
    old.load_verify_locations(cli.tls(cli.two) / "ca.pem")
    assert "200" not in cli.ping(cli.two, old)


def test_an_engine_that_lets_strangers_in_is_found_and_mended(cli: Cli) -> None:
    assert "ok" in cli.run("--cluster", cli.one, "verify", "-k", "tls").stdout
    undone = "echo '{}' > /etc/docker/daemon.json; systemctl restart docker"
    cli.machine("ssh", cli.one, undone)
    failed = cli.run("--cluster", cli.one, "verify", "-k", "tls", expect=2)
    assert "whoever reaches it is root there" in failed.stdout
    cli.machine("provision", cli.one)
    assert "ok" in cli.run("--cluster", cli.one, "verify", "-k", "tls").stdout


def test_provision_changes_nothing_on_a_sound_machine(cli: Cli) -> None:
    assert changes(cli.machine("provision", cli.two)) == 0


def test_upgrade(cli: Cli) -> None:
    assert f"{cli.two} : ok=" in cli.machine("upgrade", cli.two)
    assert cli.machine("version", cli.two)


def test_stop_start_restart_kill(cli: Cli) -> None:
    cli.machine("stop", cli.two)
    assert cli.machine("status", cli.two) == "Stopped"
    assert "Stopped" in cli.machine("ls", "--filter", "state=stopped")
    cli.machine("start", cli.two)
    assert cli.machine("status", cli.two) == "Running"
    cli.machine("kill", cli.two)
    assert cli.machine("status", cli.two) == "Stopped"
    cli.machine("restart", cli.two)
    assert cli.machine("ssh", cli.two, "docker", "version", "--format", "{{.Server.Version}}")


def test_another_address_gets_a_certificate(cli: Cli) -> None:
    """Its network was removed, and made again with other addresses; then as it was."""
    before = cli.machine("ip", cli.two).rpartition(".")[0]
    for net in ("192.168.250", before):
        cli.machine("stop", cli.two)
        make_network_anew(cli.two, f"{net}.0/24")
        assert "a new certificate" in cli.machine("start", cli.two)
        assert cli.machine("ip", cli.two).startswith(f"{net}.")
        assert cli.machine("ip", cli.two) in cli.run("env", cli.two).stdout
        # The client checks the certificate against the address.
        assert " 200 OK" in cli.ping(cli.two, cli.client(cli.two, cli.two))


def make_network_anew(machine: str, subnet: str) -> None:
    engine = docker.from_env()
    (name,) = engine.containers.get(machine).attrs["NetworkSettings"]["Networks"]
    network = engine.networks.get(name)
    network.remove()
    addresses = IPAMConfig(pool_configs=[IPAMPool(subnet=subnet)])
    engine.networks.create(name, labels=network.attrs["Labels"], ipam=addresses)


def test_a_server_that_exists_is_adopted_and_never_harmed(cli: Cli) -> None:
    """Machine two plays a server that somebody else made."""
    cluster = f"{cli.one}s"
    address = cli.machine("ip", cli.two)
    key = str(cli.inspect(cli.two)["Driver"]["SSHKeyPath"])
    reach = ("--ip", address, "--ssh-user", "root", "--ssh-key", key, "--ssh-port", "22")
    create = ("--cluster", cluster, "machine", "create", "--driver", "static", *reach)
    refused = cli.run(*create, "--fingerprint", "SHA256:other", "adopted", expect=1)
    assert "shows the host key SHA256:" in refused.stderr
    line = cli.machine("ssh", cli.two, "ssh-keygen", "-lf", "/etc/ssh/ssh_host_ed25519_key.pub")
    fingerprint = line.split()[1]
    made = cli.run(*create, "--fingerprint", fingerprint, "adopted")
    assert fingerprint in made.stdout
    assert cli.machine("ssh", "adopted", "hostname") == "adopted"
    assert cli.run("env", "adopted").stdout.count(address) == 1
    for verb in ("stop", "kill", "restart"):
        refused = cli.run("machine", verb, "adopted", expect=2)
        assert "did not make this server" in refused.stderr
    cli.machine("start", "adopted")
    # Its certificate is made anew when it no longer fits.
    again = cli.run(*create, "--tls-san", "adopted.example", "adopted")
    assert changes(again.stdout) > 0
    assert "adopted.example" in cli.machine("inspect", "adopted")
    cli.machine("rm", "-y", "adopted")
    assert cli.machine("status", cli.two) == "Running"
    assert "there is no machine" in cli.run("env", "adopted", expect=2).stderr
    assert not (cli.folder / ".provision" / "clusters" / cluster).exists()


def test_two_small_clusters_form_swarms_of_their_own(cli: Cli) -> None:
    cli.machine("ssh", cli.two, "hostnamectl", "set-hostname", cli.two)  # it had been adopted
    found = set()
    for name in (cli.one, cli.two):
        cli.run("--cluster", name, "up")
        cli.run("--cluster", name, "bootstrap", "swarm")
        found.add(cli.machine("ssh", name, "docker", "info", "-f", "{{.Swarm.Cluster.ID}}"))
    assert len(found) == 2


def test_rm(cli: Cli) -> None:
    engine = docker.from_env()
    for name, force in ((cli.one, ["-y"]), (cli.two, ["-f"])):
        label: dict[str, Any] = {"label": f"provision.cluster={name}"}
        assert engine.containers.list(all=True, filters=label)
        cli.machine("rm", *force, name)
        assert not engine.containers.list(all=True, filters=label)
        assert not engine.networks.list(filters=label)
        assert not engine.volumes.list(filters=label)
    assert cli.machine("ls", "-q") == ""
    contexts = subprocess.run(
        ["docker", "context", "ls", "-q"],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, **cli.home},
    )
    assert cli.two not in contexts.stdout

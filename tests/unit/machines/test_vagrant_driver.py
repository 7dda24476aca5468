"""What the vagrant driver asks of Vagrant and of what lies below it."""

from __future__ import annotations

import fcntl
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from provision.errors import MachineError, UsageError
from provision.machines.driver import ClusterSpec, MachineSpec, MachineState
from provision.machines.vagrant import driver as vagrant_module
from provision.machines.vagrant.driver import VagrantDriver
from provision.machines.vagrant.shape import ShapeFolder, mark

from .fake_vagrant import Fakes, status

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIexample"
UP = f"""\
Bringing machine 'lab-node-1' up with 'libvirt' provider...
==> lab-node-1: Starting domain.
==> lab-node-1: Waiting for domain to get an IP address...
    lab-node-1: SSH address: 192.168.121.5:22
==> lab-node-1: Running provisioner: identity (shell)...
    lab-node-1: provision-host-key {KEY}
"""


@pytest.fixture
def cluster(tmp_path: Path) -> ClusterSpec:
    directory = tmp_path / "lab"
    directory.mkdir()
    return ClusterSpec("lab", directory, "ssh-ed25519 PUBLIC lab", directory / "id_ed25519")


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """Vagrant and libvirt where everything works and nothing exists yet."""
    folder = tmp_path / "bin"
    folder.mkdir()
    made = Fakes(folder)
    made.install("vagrant", "virsh", "dnsmasq", "qemu-system-x86_64")
    made.answer("vagrant plugin list", "vagrant-libvirt (0.11.2, system)\n")
    made.answer("vagrant status", status(lab_node_1="not_created"))
    made.answer("vagrant up", UP)
    made.answer("virsh -c qemu:///system version", "QEMU\n")
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr("provision.machines.subnets.host_routes", dict)
    return made


@pytest.fixture
def sshd(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """Something at 127.0.0.1 that greets as an SSH server does."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = threading.Event()

        def greet() -> None:
            while not done.is_set():
                connection, _ = server.accept()
                with connection:
                    connection.sendall(b"SSH-2.0-fake\r\n")

        threading.Thread(target=greet, daemon=True).start()
        monkeypatch.setattr(vagrant_module, "_ANSWER", 0)
        yield server.getsockname()[1]
        done.set()


def quiet(_machine: str, _line: str) -> None:
    pass


def virsh_calls(fakes: Fakes) -> list[list[str]]:
    """What virsh was asked to do, without the question whether libvirt answers."""
    return [call[3:] for call in fakes.calls("virsh") if call[0] == "-q"]


def prepared(cluster: ClusterSpec, *names: str) -> VagrantDriver:
    driver = VagrantDriver({"provider": "libvirt", "virtualization": "qemu"})
    specs = [MachineSpec(name, index, 1, 512) for index, name in enumerate(names, 1)]
    driver.prepare(cluster, specs, quiet)
    return driver


@pytest.mark.usefixtures("fakes")
def test_the_shape_says_all_that_the_vagrantfile_reads(cluster: ClusterSpec) -> None:
    driver = prepared(cluster, "lab-node-1", "lab-node-2")
    folder = cluster.directory / "vagrant"
    shape = json.loads((folder / "shape.json").read_text())
    assert (folder / "Vagrantfile").read_text().startswith("# -*- mode: ruby -*-")
    assert shape["public_key"] == cluster.public_key
    assert shape["libvirt"]["driver"] == "qemu"
    assert shape["libvirt"]["mark"] == mark(cluster)
    assert shape["libvirt"]["management_subnet"] != shape["subnet"] == driver.subnet(cluster)
    first, second = shape["machines"]
    assert (first["name"], first["cpus"], first["memory"]) == ("lab-node-1", 1, 512)
    assert first["box"] == "debian/bookworm64"
    assert first["address"].endswith(".11")
    assert second["address"].endswith(".12")


@pytest.mark.usefixtures("fakes")
def test_preparing_again_keeps_the_subnet_and_adds_machines(cluster: ClusterSpec) -> None:
    before = prepared(cluster, "lab-node-1").subnet(cluster)
    assert prepared(cluster, "lab-node-1", "lab-node-2").subnet(cluster) == before
    shape = json.loads((cluster.directory / "vagrant" / "shape.json").read_text())
    assert [each["index"] for each in shape["machines"]] == [1, 2]


def test_create_pins_the_keys_that_the_machine_told(
    cluster: ClusterSpec, fakes: Fakes, sshd: int
) -> None:
    fakes.answer(
        "vagrant ssh-config",
        f"Host lab-node-1\n  HostName 127.0.0.1\n  User vagrant\n  Port {sshd}\n",
    )
    driver = prepared(cluster, "lab-node-1")
    said: list[str] = []
    endpoint = driver.create(
        cluster, MachineSpec("lab-node-1", 1, 1, 512), lambda _, line: said.append(line)
    )
    assert ["up", "lab-node-1", "--provision", "--provider=libvirt"] in fakes.calls("vagrant")
    assert endpoint.host_keys == (KEY,)
    assert (endpoint.user, endpoint.address, endpoint.port) == ("root", "127.0.0.1", sshd)
    assert endpoint.cluster_address.endswith(".11")
    assert "Starting domain." in said
    assert not any("provision-host-key" in line for line in said)


def test_a_finished_machine_that_runs_is_left_alone(
    cluster: ClusterSpec, fakes: Fakes, sshd: int
) -> None:
    fakes.answer("vagrant ssh-config", f"Host x\n  HostName 127.0.0.1\n  Port {sshd}\n")
    fakes.answer("vagrant status", status(lab_node_1="running"))
    driver = prepared(cluster, "lab-node-1")
    ShapeFolder(cluster).pin("lab-node-1", [KEY])
    driver.create(cluster, MachineSpec("lab-node-1", 1, 1, 512), quiet)
    assert not [call for call in fakes.calls("vagrant") if call[0] == "up"]


def test_a_stopped_machine_is_started_without_a_new_identity(
    cluster: ClusterSpec, fakes: Fakes, sshd: int
) -> None:
    fakes.answer("vagrant ssh-config", f"Host x\n  HostName 127.0.0.1\n  Port {sshd}\n")
    fakes.answer("vagrant status", status(lab_node_1="shutoff"))
    driver = prepared(cluster, "lab-node-1")
    ShapeFolder(cluster).pin("lab-node-1", [KEY])
    assert driver.start(cluster, "lab-node-1").host_keys == (KEY,)
    assert ["up", "lab-node-1", "--provider=libvirt"] in fakes.calls("vagrant")


def test_a_machine_that_told_no_keys_is_not_finished(cluster: ClusterSpec, fakes: Fakes) -> None:
    fakes.answer("vagrant up", "==> lab-node-1: Starting domain.\n")
    driver = prepared(cluster, "lab-node-1")
    with pytest.raises(MachineError, match="did not tell its host keys"):
        driver.create(cluster, MachineSpec("lab-node-1", 1, 1, 512), quiet)
    fakes.answer("vagrant status", status(lab_node_1="running"))
    (machine,) = driver.machines(cluster)
    assert (machine.state, machine.detail) == (MachineState.BROKEN, "half made")


def test_a_half_made_machine_is_made_anew(cluster: ClusterSpec, fakes: Fakes, sshd: int) -> None:
    """Vagrant gives its network and its name only to a machine that it has just made."""
    fakes.answer("vagrant ssh-config", f"Host x\n  HostName 127.0.0.1\n  Port {sshd}\n")
    fakes.answer("vagrant status", status(lab_node_1="running"))
    fakes.answer("vagrant destroy")
    said: list[str] = []
    prepared(cluster, "lab-node-1").create(
        cluster, MachineSpec("lab-node-1", 1, 1, 512), lambda _, line: said.append(line)
    )
    changes = [call for call in fakes.calls("vagrant") if call[0] in ("destroy", "up")]
    assert [call[0] for call in changes] == ["destroy", "up"]
    assert "--provision" in changes[1]
    assert "was left half made: making it anew" in said


def test_a_half_made_machine_is_not_started(cluster: ClusterSpec, fakes: Fakes) -> None:
    fakes.answer("vagrant status", status(lab_node_1="shutoff"))
    with pytest.raises(MachineError, match="left half made") as caught:
        prepared(cluster, "lab-node-1").start(cluster, "lab-node-1")
    assert "provision up" in (caught.value.hint or "")


def test_what_a_killed_run_left_at_work_is_waited_for(cluster: ClusterSpec, fakes: Fakes) -> None:
    """As Vagrant would, this child of a run that is gone holds the machine's lock."""
    driver = prepared(cluster, "lab-node-1")
    fakes.answer("vagrant destroy")
    with ShapeFolder(cluster).lock("lab-node-1").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        child = subprocess.Popen(["/bin/sleep", "60"], pass_fds=(lock.fileno(),))
    destroying = threading.Thread(target=driver.destroy, args=(cluster, "lab-node-1"))
    destroying.start()
    destroying.join(0.5)
    assert destroying.is_alive()
    assert not [call for call in fakes.calls("vagrant") if call[0] == "destroy"]
    child.kill()
    child.wait()
    destroying.join()
    assert [call for call in fakes.calls("vagrant") if call[0] == "destroy"]


_RUN = """
import os, pathlib, sys
from provision.machines.vagrant.command import Command
folder = pathlib.Path(sys.argv[1])
list(Command(folder, dict(os.environ), 60, folder / "log").up(stream_output=True))
"""


def test_a_vagrant_whose_run_was_killed_finishes(tmp_path: Path, fakes: Fakes) -> None:
    fakes.answer("vagrant up", "==> lab-node-1: made\n" * 9999, sleep=1)
    run = subprocess.Popen([sys.executable, "-c", _RUN, str(tmp_path)])
    until(lambda: fakes.calls("vagrant"))
    run.kill()
    run.wait()
    until(lambda: (tmp_path / "log").read_text().count("made") == 9999)


def until(holds: Callable[[], object]) -> None:
    for _ in range(600):
        if holds():
            return
        time.sleep(0.1)
    pytest.fail("it did not come to be")


@pytest.mark.usefixtures("fakes")
def test_a_longer_boot_timeout_takes_effect_on_a_cluster_that_exists(cluster: ClusterSpec) -> None:
    prepared(cluster, "lab-node-1")
    patient = VagrantDriver({"provider": "libvirt", "boot-timeout": "1800"})
    patient.prepare(cluster, [MachineSpec("lab-node-1", 1, 1, 512)], quiet)
    shape = json.loads((cluster.directory / "vagrant" / "shape.json").read_text())
    assert shape["boot_timeout"] == 1800


def test_vagrants_failure_comes_with_the_console_and_what_to_do(
    cluster: ClusterSpec, fakes: Fakes
) -> None:
    fakes.answer(
        "vagrant up",
        "==> lab-node-1: Box 'x' could not be found.\n",
        "\x1b[31mThe box 'x' could not be found or\ncould not be accessed.\x1b[0m\n",
        1,
    )
    driver = prepared(cluster, "lab-node-1")
    ShapeFolder(cluster).console("lab-node-1").write_text("[ 0.1] Kernel panic\r\n")
    with pytest.raises(MachineError, match=r"The box 'x' could not be found or could") as caught:
        driver.create(cluster, MachineSpec("lab-node-1", 1, 1, 512), quiet)
    assert "\x1b" not in caught.value.message
    assert "provision image box" in (caught.value.hint or "")
    assert "Kernel panic" in (caught.value.hint or "")


def test_a_vagrant_that_hangs_is_stopped(
    cluster: ClusterSpec, fakes: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    fakes.answer("vagrant up", "", sleep=60)
    monkeypatch.setattr(vagrant_module, "_MAKING", 0)
    driver = VagrantDriver({"provider": "libvirt", "boot-timeout": "1"})
    spec = MachineSpec("lab-node-1", 1, 1, 512)
    driver.prepare(cluster, [spec], quiet)
    with pytest.raises(MachineError, match="was not finished after 1 s and was stopped"):
        driver.create(cluster, spec, quiet)


def test_a_name_that_the_hypervisor_has_already_is_refused(
    cluster: ClusterSpec, fakes: Fakes
) -> None:
    fakes.answer("virsh -q -c qemu:///system domstate lab-node-1", "running\n")
    with pytest.raises(UsageError, match="a machine or disk named lab-node-1"):
        prepared(cluster, "lab-node-1")


def test_destroy_removes_what_vagrant_lost_sight_of(cluster: ClusterSpec, fakes: Fakes) -> None:
    driver = prepared(cluster, "lab-node-1")
    virsh = "virsh -q -c qemu:///system"
    fakes.answer("vagrant destroy")
    fakes.answer(f"{virsh} desc lab-node-1", mark(cluster) + "\n")
    for word in ("destroy", "undefine", "vol-delete", "vol-info"):
        fakes.answer(f"{virsh} {word}")
    with pytest.raises(MachineError, match="is still there"):
        driver.destroy(cluster, "lab-node-1")  # the fake's disk never goes
    asked = [call[0] for call in virsh_calls(fakes)]
    assert asked[asked.index("desc") :][:4] == ["desc", "destroy", "undefine", "vol-info"]
    assert ["destroy", "lab-node-1", "--force"] in fakes.calls("vagrant")


def test_a_domain_that_is_not_ours_is_not_removed(cluster: ClusterSpec, fakes: Fakes) -> None:
    driver = prepared(cluster, "lab-node-1")
    fakes.answer("vagrant destroy")
    fakes.answer("virsh -q -c qemu:///system desc lab-node-1", "somebody's\n")
    driver.destroy(cluster, "lab-node-1")
    assert not [call for call in virsh_calls(fakes) if call[0] in ("undefine", "vol-delete")]


def test_nothing_is_left_once_the_last_machine_is_gone(cluster: ClusterSpec, fakes: Fakes) -> None:
    driver = prepared(cluster, "lab-node-1")
    virsh = "virsh -q -c qemu:///system"
    driver.cleanup(cluster)
    assert (cluster.directory / "vagrant").exists(), "a machine is left"
    fakes.answer("vagrant destroy")
    fakes.answer(f"{virsh} net-list --all --name", "default\nprovision-lab\nprovision-lab-nat\n")
    for word in ("net-destroy", "net-undefine"):
        fakes.answer(f"{virsh} {word}")
    driver.destroy(cluster, "lab-node-1")
    driver.cleanup(cluster)
    undefined = [call[1] for call in virsh_calls(fakes) if call[0] == "net-undefine"]
    assert undefined == ["provision-lab", "provision-lab-nat"]
    assert not (cluster.directory / "vagrant").exists()


def test_what_is_missing_is_named_with_what_installs_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fakes: Fakes
) -> None:
    (fakes.folder / "dnsmasq").unlink()
    fakes.answer("vagrant plugin list", "vagrant-share\n")
    problems = " ".join(VagrantDriver({"provider": "libvirt"}).check())
    assert "apt-get install vagrant-libvirt" in problems
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt-get install vagrant" in VagrantDriver().check()[0]


def test_virtualbox_without_its_kernel_module_does_not_work(fakes: Fakes) -> None:
    fakes.install("VBoxManage")
    fakes.answer("VBoxManage --version", "WARNING: The vboxdrv kernel module is not loaded.\n7.0\n")
    driver = VagrantDriver({"provider": "virtualbox"})
    assert "vboxconfig" in driver.check()[0]
    fakes.answer("VBoxManage --version", "7.0.20r163906\n")
    assert driver.check() == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"provder": "libvirt"}, "no option 'provder'"),
        ({"provider": "vmware"}, "provider is 'vmware'"),
        ({"boot-timeout": "soon"}, "boot-timeout is 'soon'"),
        ({"kernel": "/nowhere/vmlinuz"}, "no file /nowhere/vmlinuz"),
    ],
)
def test_options_that_make_no_sense(options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        VagrantDriver(options)

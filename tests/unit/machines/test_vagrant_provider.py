"""What lies below Vagrant: VirtualBox as far as it can be asked here, addresses, boxes."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest

from provision.errors import MachineError, UsageError
from provision.machines.driver import ClusterSpec
from provision.machines.vagrant import provider as vagrant_provider
from provision.machines.vagrant import shape as vagrant_shape
from provision.machines.vagrant.command import clean, failure

from .fake_vagrant import Fakes

INTERFACES = """\
Name:            vboxnet0
GUID:            786f6276
DHCP:            Disabled
IPAddress:       192.168.56.1
NetworkMask:     255.255.255.0

Name:            vboxnet1
IPAddress:       192.168.57.1
"""


@pytest.fixture
def manage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fakes:
    """A fake VBoxManage; not run by us on VirtualBox."""
    fakes = Fakes(tmp_path)
    fakes.install("VBoxManage")
    fakes.answer("VBoxManage")
    monkeypatch.setenv("PATH", str(tmp_path))
    return fakes


def cluster(tmp_path: Path, subnet: str | None = None) -> ClusterSpec:
    return ClusterSpec("lab", tmp_path, "key", tmp_path / "id", subnet)


def test_a_machine_of_virtualbox_is_removed_if_it_is_ours(manage: Fakes, tmp_path: Path) -> None:
    manage.answer("VBoxManage getextradata lab-node-1 provision/cluster", "Value: lab\n")
    vagrant_provider.remove_machine("virtualbox", cluster(tmp_path), "lab-node-1")
    asked = manage.calls("VBoxManage")
    assert asked[1:] == [
        ["controlvm", "lab-node-1", "poweroff"],
        ["unregistervm", "lab-node-1", "--delete"],
    ]


@pytest.mark.parametrize("owner", ["Value: other\n", "No value set!\n"])
def test_a_machine_of_virtualbox_that_is_not_ours_stays(
    manage: Fakes, tmp_path: Path, owner: str
) -> None:
    manage.answer("VBoxManage getextradata lab-node-1 provision/cluster", owner)
    vagrant_provider.remove_machine("virtualbox", cluster(tmp_path), "lab-node-1")
    assert len(manage.calls("VBoxManage")) == 1


def test_what_virtualbox_will_not_remove_is_said(manage: Fakes, tmp_path: Path) -> None:
    manage.answer("VBoxManage getextradata lab-node-1 provision/cluster", "Value: lab\n")
    manage.answer("VBoxManage unregistervm", "", "VBoxManage: error: machine is locked\n", 1)
    with pytest.raises(MachineError, match="machine is locked"):
        vagrant_provider.remove_machine("virtualbox", cluster(tmp_path), "lab-node-1")


def test_only_the_host_only_network_that_came_with_the_cluster_goes(
    manage: Fakes, tmp_path: Path
) -> None:
    manage.answer("VBoxManage list hostonlyifs", INTERFACES)
    found = vagrant_provider.host_only_interfaces()
    assert found == {"vboxnet0": "192.168.56.1", "vboxnet1": "192.168.57.1"}
    vagrant_provider.remove_networks("virtualbox", cluster(tmp_path), ["vboxnet0"], "192.168.56.1")
    vagrant_provider.remove_networks("virtualbox", cluster(tmp_path), ["vboxnet0"], "192.168.57.1")
    removed = [call for call in manage.calls("VBoxManage") if call[0] == "hostonlyif"]
    assert removed == [["hostonlyif", "remove", "vboxnet1"]]


@pytest.mark.parametrize(
    ("flags", "device", "works"),
    [
        ("flags : fpu vmx sse", True, True),
        ("flags : fpu sse svm", True, True),
        ("flags : fpu sse", True, False),
        ("flags : fpu vmx", False, False),
    ],
)
def test_kvm_needs_the_cpu_too(tmp_path: Path, flags: str, device: bool, works: bool) -> None:
    (tmp_path / "cpuinfo").write_text(flags + "\n")
    if device:
        (tmp_path / "kvm").touch()
    assert vagrant_provider.kvm_works(tmp_path / "cpuinfo", tmp_path / "kvm") is works


def test_virtualbox_gets_the_first_free_of_its_own_range(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = {ipaddress.IPv4Network("192.168.56.0/24"): "vboxnet0"}
    monkeypatch.setattr("provision.machines.subnets.host_routes", lambda: taken)
    nodes, _ = vagrant_shape.pick_subnets(cluster(tmp_path), "virtualbox")
    assert nodes == "192.168.57.0/24"
    with pytest.raises(UsageError, match=r"overlaps 192\.168\.56\.0/24"):
        vagrant_shape.pick_subnets(cluster(tmp_path, "192.168.56.0/25"), "virtualbox")
    monkeypatch.setattr(vagrant_shape, "_HOST_ONLY_CONFIGURATION", tmp_path / "networks.conf")
    with pytest.raises(UsageError, match=r"only in 192\.168\.56\.0/21"):
        vagrant_shape.pick_subnets(cluster(tmp_path, "10.9.0.0/24"), "virtualbox")
    (tmp_path / "networks.conf").write_text("* 10.0.0.0/8\n")
    nodes, _ = vagrant_shape.pick_subnets(cluster(tmp_path, "10.9.0.0/24"), "virtualbox")
    assert nodes == "10.9.0.0/24"


def test_a_box_file_has_a_name_for_each_content(tmp_path: Path) -> None:
    file = tmp_path / "bookworm.box"
    with pytest.raises(UsageError, match="there is no box"):
        vagrant_shape.box_of(str(file))
    file.write_text("one")
    first, url = vagrant_shape.box_of(str(file))
    file.write_text("another")
    assert url == f"file://{file}"
    assert vagrant_shape.box_of(str(file))[0] != first
    assert vagrant_shape.box_of("generic/debian12") == ("generic/debian12", None)


def test_vagrants_lines_are_cleaned() -> None:
    assert clean("\x1b[1m==> a: Progress: 1%\r==> a: Progress: 99%\x1b[0m\n") == (
        "==> a: Progress: 99%"
    )


@pytest.mark.parametrize(
    ("said", "hint"),
    [
        ("VBoxManage: error: VT-x is not available (VERR_VMX_NO_VMX)", "virtualization=qemu"),
        ("Call to virConnectOpen failed: Failed to connect to socket", "systemctl start libvirtd"),
        ("The IP address is not within the\nallowed ranges", "192.168.56.0/21"),
        ("Timed out while waiting for the machine to boot.", "boot-timeout"),
    ],
)
def test_what_vagrant_says_comes_with_what_to_do(said: str, hint: str) -> None:
    error = failure(["/usr/bin/vagrant", "up"], 1, said)
    assert hint in (error.hint or "")
    assert str(error).startswith("`vagrant up` failed: " + said.split(maxsplit=1)[0])

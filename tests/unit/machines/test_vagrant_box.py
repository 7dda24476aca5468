"""The parts of a box that need no hypervisor, and what is asked of one."""

from __future__ import annotations

import struct
import tarfile
from pathlib import Path

import pytest

from provision.errors import MachineError, UsageError
from provision.machines.debian_sources import Mirror
from provision.machines.vagrant import box as vagrant_box
from provision.machines.vagrant import box_files as files
from provision.machines.vagrant.box import Box
from provision.resources import resource

from .fake_vagrant import Fakes

MIRROR = Mirror(("deb http://mirror.example/debian bookworm main",), Path("/keys/debian.gpg"))


def test_boot_sectors_are_what_a_bios_and_grub_expect(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    sectors = 1 << 20
    with disk.open("wb") as file:
        file.truncate(sectors * files.SECTOR)
    files.write_boot_sectors(disk, b"\xeb" * 512, b"core" * 300, sectors)
    with disk.open("rb") as file:
        first = file.read(512)
        assert file.read(1200) == b"core" * 300
    assert first[:440] == b"\xeb" * 440
    assert first[510:] == b"\x55\xaa"
    status, _, kind, _, start, length = struct.unpack("<B3sB3sII", first[446:462])
    assert (status, kind, start, start + length) == (0x80, 0x83, 2048, sectors)
    assert first[462:510] == bytes(48), "one partition only"


def test_a_boot_loader_that_would_reach_into_the_partition_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match="there is room for"):
        files.write_boot_sectors(tmp_path / "disk", b"", b"x" * (2048 * 512), 1 << 20)


def test_a_box_depends_on_its_content_only(tmp_path: Path) -> None:
    archives = []
    for number in (1, 2):
        content = tmp_path / f"content{number}"
        content.mkdir()
        for name in (
            ("metadata.json", "Vagrantfile") if number == 1 else ("Vagrantfile", "metadata.json")
        ):
            (content / name).write_text(name)
            (content / name).chmod(0o600 if number == 1 else 0o644)
        archives.append(tmp_path / f"{number}.box")
        files.pack(content, archives[-1], 1_000_000_000)
    assert archives[0].read_bytes() == archives[1].read_bytes()
    with tarfile.open(archives[0]) as tar:
        assert tar.getnames() == ["Vagrantfile", "metadata.json"]


def test_installed_versions() -> None:
    status = "Package: a\nVersion: 1:2-3\nDescription: x\n more: y\n\nPackage: b\nStatus: none\n"
    assert files.installed_versions(status) == {"a": "1:2-3"}


def test_the_recipe_takes_the_kernel_that_the_hypervisor_needs() -> None:
    recipe = resource("images", "box")
    words = vagrant_box.mmdebstrap_command(
        Box("libvirt", include=("docker.io",)), recipe, MIRROR, Path("root.tar")
    )
    (include,) = [word for word in words if word.startswith("--include=")]
    assert {"linux-image-cloud-amd64", "docker.io", "openssh-server"} <= set(
        include.removeprefix("--include=").split(",")
    )
    assert "--keyring=/keys/debian.gpg" in words
    assert words[-3:] == ["bookworm", "root.tar", *MIRROR.lines]


def test_what_making_a_box_lacks_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    monkeypatch.setattr(vagrant_box, "_path", lambda: str(tmp_path))
    with pytest.raises(UsageError, match=r"libvirt box needs mmdebstrap, mke2fs, qemu-img"):
        vagrant_box.build(Box(), tmp_path / "x.box", lambda _who, _line: None)
    with pytest.raises(UsageError, match="disk of 1 GiB"):
        vagrant_box.build(Box(disk=1), tmp_path / "x.box", lambda _who, _line: None)


def test_virtualbox_is_asked_for_an_appliance_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not run by us on VirtualBox: this only fixes what is asked of VBoxManage."""
    fakes = Fakes(tmp_path)
    fakes.install("VBoxManage")
    fakes.answer("VBoxManage")
    fakes.answer("VBoxManage export", "", "no space", 1)
    monkeypatch.setattr(vagrant_box, "_path", lambda: str(tmp_path))
    work, content = tmp_path / ".box-1", tmp_path / "content"
    content.mkdir()
    with pytest.raises(MachineError, match="VBoxManage failed with exit code 1") as caught:
        files.virtualbox_content(content, tmp_path / "disk.raw", work, vagrant_box._run)
    assert "no space" in (caught.value.hint or "")
    asked = [call[0] for call in fakes.calls("VBoxManage")]
    assert asked == [
        "convertfromraw",
        "createvm",
        "modifyvm",
        "storagectl",
        "storageattach",
        "export",
        "unregistervm",
    ]

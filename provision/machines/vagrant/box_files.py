"""The files of a Vagrant box: its boot sectors, its disk as each provider wants it, the archive."""

from __future__ import annotations

import gzip
import json
import struct
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

from provision.errors import MachineError

SECTOR = 512
FIRST_SECTOR = 2048
"""Where the one partition begins; the boot loader lies in the gap before it."""

_BOOT_CODE = 440
_LINUX = 0x83

Run = Callable[[list[str]], None]

_VAGRANTFILE = """\
Vagrant.configure("2") do |config|
  config.vm.synced_folder ".", "/vagrant", disabled: true
end
"""


def write_boot_sectors(disk: Path, boot: bytes, core: bytes, sectors: int) -> None:
    """Put GRUB and a partition table on a disk image, as grub-install would.

    GRUB's boot.img as it comes loads what begins at sector 1, and core.img as grub-mkimage writes
    it knows its own length: so copying both is enough. See
    https://www.gnu.org/software/grub/manual/grub/html_node/Images.html

    Parameters:
        boot: boot.img, one sector.
        core: core.img.
        sectors: of the whole disk.

    Raises:
        MachineError: core.img does not fit before the partition.
    """
    room = (FIRST_SECTOR - 1) * SECTOR
    if len(core) > room:
        raise MachineError(f"GRUB's core.img has {len(core)} bytes; there is room for {room}")
    # Status, first and last cylinder/head/sector (beyond what they can say), type, start, length.
    entry = struct.pack(
        "<B3sB3sII",
        0x80,
        b"\xfe\xff\xff",
        _LINUX,
        b"\xfe\xff\xff",
        FIRST_SECTOR,
        sectors - FIRST_SECTOR,
    )
    record = boot[:_BOOT_CODE].ljust(446, b"\0") + entry.ljust(64, b"\0") + b"\x55\xaa"
    with disk.open("r+b") as file:
        file.write(record)
        file.write(core)


def installed_versions(status: str) -> Mapping[str, str]:
    """Package -> version, from dpkg's status file."""
    found = {}
    for stanza in status.split("\n\n"):
        fields = dict(
            line.split(": ", 1) for line in stanza.splitlines() if ": " in line and line[0] != " "
        )
        if "Package" in fields and "Version" in fields:
            found[fields["Package"]] = fields["Version"]
    return found


def libvirt_content(content: Path, disk: Path, size: int, run: Run) -> None:
    """A qcow2 disk and what vagrant-libvirt wants to know of it.

    See https://vagrant-libvirt.github.io/vagrant-libvirt/boxes.html
    """
    run(["qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(disk), str(content / "box.img")])
    metadata = {"provider": "libvirt", "format": "qcow2", "virtual_size": size}
    (content / "metadata.json").write_text(json.dumps(metadata) + "\n")
    (content / "Vagrantfile").write_text(_VAGRANTFILE)


def virtualbox_content(content: Path, disk: Path, work: Path, run: Run) -> None:
    """An appliance, made by VBoxManage of a machine that exists for a moment only.

    See https://developer.hashicorp.com/vagrant/docs/providers/virtualbox/boxes
    """
    name = f"provision-box-{work.name.lstrip('.')}"
    mac = "080027B0C5E1"
    vdi = work / "disk.vdi"
    manage = "VBoxManage"
    run([manage, "convertfromraw", str(disk), str(vdi), "--format", "VDI"])
    create = [manage, "createvm", "--name", name, "--ostype", "Debian_64", "--register"]
    run([*create, "--basefolder", str(work)])
    try:
        settings = ["--memory", "1024", "--cpus", "1", "--nic1", "nat", "--macaddress1", mac]
        run([manage, "modifyvm", name, *settings, "--rtcuseutc", "on", "--audio", "none"])
        run([manage, "storagectl", name, "--name", "SATA", "--add", "sata", "--portcount", "2"])
        attach = ["--storagectl", "SATA", "--port", "0", "--type", "hdd", "--medium", str(vdi)]
        run([manage, "storageattach", name, *attach])
        run([manage, "export", name, "--output", str(content / "box.ovf")])
    finally:
        run([manage, "unregistervm", name, "--delete"])
    (content / "metadata.json").write_text(json.dumps({"provider": "virtualbox"}) + "\n")
    with_mac = _VAGRANTFILE.replace("\nend", f'\n  config.vm.base_mac = "{mac}"\nend')
    (content / "Vagrantfile").write_text(with_mac)


def pack(content: Path, archive: Path, epoch: int) -> None:
    """The box: a compressed tar that depends on the files' content only.

    Parameters:
        epoch: the time that all members bear, in seconds.
    """

    def plain(member: tarfile.TarInfo) -> tarfile.TarInfo:
        member.uid = member.gid = 0
        member.uname = member.gname = ""
        member.mtime, member.mode = epoch, 0o644
        return member

    with (
        archive.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=3, fileobj=raw, mtime=epoch) as compressed,
        tarfile.open(fileobj=compressed, mode="w") as tar,
    ):
        for path in sorted(content.iterdir()):
            tar.add(path, arcname=path.name, filter=plain)

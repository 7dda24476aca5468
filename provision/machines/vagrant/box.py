"""A Vagrant box made from Debian packages: no download of anybody's box.

mmdebstrap makes the root from images/box, mke2fs a file system of it, and the boot loader goes
where the BIOS looks for it, so that nothing is mounted and no loop device is needed. See
https://developer.hashicorp.com/vagrant/docs/boxes/format
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from provision.errors import MachineError, UsageError
from provision.machines.debian_sources import Mirror, host_mirror, proxy_options
from provision.machines.driver import Progress
from provision.machines.mmdebstrap import packages
from provision.machines.vagrant import box_files as files
from provision.resources import resource

DEFAULT_DISK = 10
"""GiB, as the machine sees it; the box holds only what is used."""

KERNELS = {"libvirt": "linux-image-cloud-amd64", "virtualbox": "linux-image-amd64"}
"""The cloud kernel is smaller and lacks the drivers for VirtualBox's disks."""

# Fixed, so that the same packages make the same box. All times in it are cut off here.
_EPOCH = "1704067200"
_UUID = "6b0a3c52-4a35-4c3c-9a0e-0d6f1c5c7b10"

_TOOLS = {
    "mmdebstrap": "mmdebstrap",
    "mke2fs": "e2fsprogs",
    "qemu-img": "qemu-utils",
    "VBoxManage": "VirtualBox from virtualbox.org",
}


@dataclass(frozen=True, slots=True)
class Box:
    """What to make.

    Parameters:
        provider: ``libvirt`` or ``virtualbox``.
        release: Debian's codename.
        disk: GiB.
        include: packages beside those of images/box.
    """

    provider: str = "libvirt"
    release: str = "bookworm"
    disk: int = DEFAULT_DISK
    include: tuple[str, ...] = ()


def build(box: Box, output: Path, say: Progress) -> str:
    """Make the box file.

    Parameters:
        output: the file; replaced whole or not at all.

    Returns:
        The SHA-256 of the box's root as an archive: equal for equal recipes and packages.

    Raises:
        UsageError: it cannot be made here, with what to install.
        MachineError: a step failed, with its last words.
    """
    mirror = _require(box)
    output.parent.mkdir(parents=True, exist_ok=True)
    # Beside the output: /tmp may be memory, and too small for a disk.
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".box-") as name:
        work = Path(name)
        say("", f"box: making a Debian {box.release} root from packages, a few minutes")
        _run(mmdebstrap_command(box, resource("images", "box"), mirror, work / "root.tar"))
        root_hash = _sha256(work / "root.tar")
        say("", "box: making the disk")
        disk = work / "disk.raw"
        versions = _make_disk(work, disk, box.disk)
        say("", f"box: packing it for {box.provider}")
        content = work / "content"
        content.mkdir()
        if box.provider == "libvirt":
            files.libvirt_content(content, disk, box.disk, _run)
        else:
            files.virtualbox_content(content, disk, work, _run)
        info = {
            "builder": "provision image box",
            "release": box.release,
            "root_sha256": root_hash,
            "packages": versions,
        }
        (content / "info.json").write_text(json.dumps(info, indent=1, sort_keys=True) + "\n")
        files.pack(content, work / "out.box", int(_EPOCH))
        (work / "out.box").replace(output)
    return root_hash


def _require(box: Box) -> Mirror:
    if platform.machine() not in ("x86_64", "AMD64"):
        raise UsageError(
            f"boxes are made for x86-64 machines; this one is {platform.machine()}",
            hint="use a box that somebody made for it: provision up --image NAME",
        )
    if box.provider not in KERNELS:
        raise UsageError(
            f"no box can be made for provider {box.provider!r}",
            hint=f"one of: {', '.join(KERNELS)}",
        )
    if box.disk < 3:
        raise UsageError(f"a disk of {box.disk} GiB holds no Debian with Docker", hint="3 or more")
    needed = ["mmdebstrap", "mke2fs"]
    needed.append("qemu-img" if box.provider == "libvirt" else "VBoxManage")
    if os.geteuid() != 0:
        needed.append("fakeroot")
    missing = [tool for tool in needed if shutil.which(tool, path=_path()) is None]
    if missing:
        raise UsageError(
            f"making a {box.provider} box needs {', '.join(missing)}",
            hint="install: " + ", ".join(_TOOLS.get(tool, tool) for tool in missing),
        )
    mirror = host_mirror(box.release)
    if mirror is None:
        raise UsageError(
            "apt's sources on this host name no Debian mirror to make a box from",
            hint="add one to /etc/apt/sources.list.d",
        )
    return mirror


def mmdebstrap_command(box: Box, recipe: Path, mirror: Mirror, archive: Path) -> list[str]:
    """The command that writes the box's root as a tar."""
    wanted = [*packages(recipe), KERNELS[box.provider], *box.include]
    key, setup = recipe / "vagrant.pub", recipe / "setup.sh"
    command = [
        "mmdebstrap",
        "--variant=minbase",
        "--format=tar",
        f"--include={','.join(wanted)}",
        '--customize-hook=mkdir "$1/tmp/box"',
        f"--customize-hook=copy-in {shlex.quote(str(key))} /tmp/box",
        f'--customize-hook=chroot "$1" sh -s < {shlex.quote(str(setup))}',
        *(f"--aptopt={option}" for option in proxy_options()),
    ]
    if mirror.keyring:
        command.append(f"--keyring={mirror.keyring}")
    return [*command, box.release, str(archive), *mirror.lines]


def _make_disk(work: Path, disk: Path, size: int) -> Mapping[str, str]:
    """A bootable disk of the root archive.

    Returns:
        The packages in it and their versions.
    """
    root = work / "root"
    root.mkdir()
    sectors = size * (1 << 21)
    blocks = (sectors - files.FIRST_SECTOR) // 8
    unpack = f"tar -xf {shlex.quote(str(work / 'root.tar'))} -C {shlex.quote(str(root))} "
    unpack += "--numeric-owner --xattrs --xattrs-include='*'"
    make = shlex.join(mke2fs_command(root, disk, blocks))
    # One shell, because only inside one fakeroot do files keep owners that they do not have.
    script = f"umask 022; {unpack} && {make}"
    with disk.open("wb") as file:
        file.truncate(sectors * files.SECTOR)
    _run([*([] if os.geteuid() == 0 else ["fakeroot"]), "sh", "-c", script])
    boot = root / "boot" / "grub"
    files.write_boot_sectors(
        disk, (boot / "boot.img").read_bytes(), (boot / "core.img").read_bytes(), sectors
    )
    status = (root / "var/lib/dpkg/status").read_text(encoding="utf-8", errors="replace")
    return files.installed_versions(status)


def mke2fs_command(root: Path, disk: Path, blocks: int) -> list[str]:
    """The command that makes the file system, with features that GRUB and any kernel know."""
    features = (
        "none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,64bit,flex_bg,"
        "sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum"
    )
    offset = files.FIRST_SECTOR * files.SECTOR
    return [
        "mke2fs",
        "-q",
        "-F",
        *("-t", "ext4", "-b", "4096", "-O", features, "-L", "root", "-U", _UUID),
        *("-E", f"offset={offset},hash_seed={_UUID},lazy_itable_init=0,lazy_journal_init=0"),
        *("-d", str(root), str(disk), str(blocks)),
    ]


def _path() -> str:
    """mke2fs lies where an ordinary user's PATH does not look."""
    return os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


def _run(command: list[str]) -> None:
    """Run a step.

    Raises:
        MachineError: it failed, with its last lines.
    """
    environment = {
        **os.environ,
        "PATH": _path(),
        "LC_ALL": "C.UTF-8",
        "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", _EPOCH),
        "E2FSPROGS_FAKE_TIME": _EPOCH,
    }
    done = subprocess.run(
        command,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        process_group=0,  # when it fails, mmdebstrap signals its whole group
    )
    if done.returncode:
        last = "\n".join(done.stdout.splitlines()[-12:])
        raise MachineError(
            f"{command[0]} failed with exit code {done.returncode} while making the box", hint=last
        )


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

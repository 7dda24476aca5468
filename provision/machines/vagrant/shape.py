"""What the driver tells its Vagrantfile, and what it remembers of machines: files of a cluster.

CLUSTER/vagrant/
    Vagrantfile     the shipped one, so that plain ``vagrant`` works in this folder too
    shape.json      what it reads
    NAME.console    what the machine says on its serial console
    NAME.log        what Vagrant said about it
    NAME.keys       its public host keys, read when it was made; absent: it is not finished
    NAME.lock       held while Vagrant works on it
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from provision.errors import UsageError
from provision.machines import subnets
from provision.machines.driver import ClusterSpec, MachineSpec
from provision.machines.releases import RELEASES
from provision.resources import resource

# VirtualBox 6.1.28 and later refuse host-only networks elsewhere, unless networks.conf allows them:
# https://www.virtualbox.org/manual/ch06.html#network_hostonly
_HOST_ONLY = ipaddress.IPv4Network("192.168.56.0/21")
_HOST_ONLY_CONFIGURATION = Path("/etc/vbox/networks.conf")

DEFAULT_BOX = "debian/bookworm64"
_RELEASE_BOX = "debian/{}64"


class ShapeFolder:
    """The folder of one cluster."""

    def __init__(self, cluster: ClusterSpec) -> None:
        self.path = cluster.directory / "vagrant"
        self._shape = self.path / "shape.json"

    def read(self) -> dict[str, Any] | None:
        """The shape; None before anything was prepared."""
        try:
            found: dict[str, Any] = json.loads(self._shape.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return None
        return found

    def write(self, shape: Mapping[str, Any]) -> None:
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _replace(self.path / "Vagrantfile", resource("Vagrantfile").read_text(encoding="utf-8"))
        _replace(self._shape, json.dumps(shape, indent=2) + "\n")

    def console(self, name: str) -> Path:
        return self.path / f"{name}.console"

    def log(self, name: str) -> Path:
        return self.path / f"{name}.log"

    def lock(self, name: str) -> Path:
        return self.path / f"{name}.lock"

    def last_words(self, name: str, lines: int) -> str:
        """The end of a machine's console; of what Vagrant said where that is silent."""
        for path in (self.console(name), self.log(name)):
            with contextlib.suppress(FileNotFoundError):
                if text := path.read_text(encoding="utf-8", errors="replace").strip():
                    return "\n".join(text.replace("\r", "").splitlines()[-lines:])
        return ""

    def host_keys(self, name: str) -> tuple[str, ...]:
        """A machine's keys as they were when it was made; empty if it never was."""
        try:
            return tuple(self._keys(name).read_text(encoding="ascii").splitlines())
        except FileNotFoundError:
            return ()

    def pin(self, name: str, keys: Sequence[str]) -> None:
        self._keys(name).write_text("".join(f"{key}\n" for key in keys), encoding="ascii")

    def forget(self, name: str) -> None:
        """Remove what is remembered of a machine."""
        for path in (self._keys(name), self.console(name), self.log(name), self.lock(name)):
            path.unlink(missing_ok=True)
        shape = self.read()
        if shape is not None:
            shape["machines"] = [each for each in shape["machines"] if each["name"] != name]
            self.write(shape)

    def remove(self) -> None:
        shutil.rmtree(self.path, ignore_errors=True)

    def _keys(self, name: str) -> Path:
        return self.path / f"{name}.keys"


def _replace(path: Path, text: str) -> None:
    """Whole or not at all: Vagrant may be reading it for another machine."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(path)


def mark(cluster: ClusterSpec) -> str:
    """What a hypervisor is told about each machine, so that it is known as ours."""
    return f"made by provision for cluster {cluster.name} in {cluster.directory}"


def network_names(cluster: ClusterSpec) -> tuple[str, str]:
    """libvirt's networks: the nodes' own, and the one that leads out of the host."""
    return f"provision-{cluster.name}", f"provision-{cluster.name}-nat"


def machine_entry(spec: MachineSpec, subnet: str, console: Path) -> dict[str, Any]:
    """One machine, as the Vagrantfile wants it."""
    box, url = box_of(spec.image)
    return {
        "name": spec.name,
        "index": spec.index,
        "cpus": int(spec.cpus),
        "memory": spec.memory,
        "disk": spec.disk,
        "box": box,
        "box_url": url,
        "address": subnets.address(subnets.parse(subnet), spec.index),
        "console": str(console.absolute()),
    }


def box_of(image: str | None) -> tuple[str, str | None]:
    """A box's name and, if it is a file, where it is.

    Raises:
        UsageError: the file does not exist.
    """
    if image is None:
        return DEFAULT_BOX, None
    if image in RELEASES:
        return _RELEASE_BOX.format(image), None
    if not image.endswith(".box"):
        return image, None
    path = Path(image).expanduser().absolute()
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise UsageError(
            f"there is no box {image}", hint=f"make it: provision image box --output {image}"
        ) from None
    # A name of its own for each content: Vagrant adds a name once and never looks again.
    return f"provision/{path.stem}-{int(stat.st_mtime):x}-{stat.st_size:x}", path.as_uri()


def pick_subnets(cluster: ClusterSpec, provider: str) -> tuple[str, str]:
    """The nodes' network and one for the way out, free of collisions.

    Raises:
        UsageError: the one asked for collides, is too small, or VirtualBox would refuse it.
    """
    taken = dict(subnets.host_routes())
    asked = subnets.parse(cluster.subnet) if cluster.subnet else None
    if asked is not None:
        if clash := subnets.collision(asked, taken):
            raise UsageError(f"subnet {asked} overlaps {clash}", hint="another --subnet, or none")
        if provider == "virtualbox" and not (
            asked.subnet_of(_HOST_ONLY) or _HOST_ONLY_CONFIGURATION.exists()
        ):
            raise UsageError(
                f"VirtualBox allows host-only networks only in {_HOST_ONLY}, not {asked}",
                hint=f"--subnet 192.168.56.0/24, or allow it in {_HOST_ONLY_CONFIGURATION}",
            )
    candidates = subnets.candidates(cluster.name)
    if provider == "virtualbox":
        candidates = iter(_HOST_ONLY.subnets(new_prefix=24))
    free = (net for net in candidates if subnets.collision(net, taken) is None)
    chosen = asked or next(free, None)
    way_out = next((net for net in free if not chosen or not net.overlaps(chosen)), chosen)
    if chosen is None or way_out is None:
        raise UsageError("no free subnet was found", hint="name one with --subnet")
    return str(chosen), str(way_out)

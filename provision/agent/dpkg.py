"""Debian's packages as dpkg has recorded them, read from its status file.

The format is that of deb-control(5); the order of versions is deb-version(7)'s.
"""

from __future__ import annotations

import fnmatch
import os
import re
from typing import Dict, Iterable, Iterator, List, NamedTuple, Optional, Tuple

from provision.agent.task import ModuleFailed

STATUS = "/var/lib/dpkg/status"
EXTENDED_STATES = "/var/lib/apt/extended_states"

_WANTED = frozenset({"Package", "Status", "Version", "Architecture", "Provides", "Section"})
_cache: Dict[str, Tuple[Tuple[int, int], "Packages"]] = {}


class Package(NamedTuple):
    """One package of one architecture, as recorded."""

    name: str
    version: str
    architecture: str
    status: str
    provides: Tuple[str, ...]
    section: str

    @property
    def installed(self) -> bool:
        return self.status.endswith(" installed")

    @property
    def configured_only(self) -> bool:
        """Removed, but its configuration files are there."""
        return self.status.endswith(" config-files")


class Packages:
    """What dpkg knows, by name."""

    def __init__(self, packages: Iterable[Package]) -> None:
        self.by_name: Dict[str, List[Package]] = {}
        self.providers: Dict[str, List[Package]] = {}
        for package in packages:
            self.by_name.setdefault(package.name, []).append(package)
            for name in package.provides if package.installed else ():
                self.providers.setdefault(name, []).append(package)

    def __iter__(self) -> Iterator[Package]:
        for packages in self.by_name.values():
            yield from packages

    def find(self, name: str) -> Optional[Package]:
        """The package ``name`` or ``name:arch``, an installed one first."""
        plain, _, architecture = name.partition(":")
        found = [
            package
            for package in self.by_name.get(plain, [])
            if architecture in ("", "any", "native", package.architecture)
        ]
        return max(found, key=lambda package: package.installed) if found else None

    def installed(self, name: str) -> Optional[Package]:
        """As ``find``, if it is installed."""
        found = self.find(name)
        return found if found and found.installed else None


def stanzas(text: str, wanted: "frozenset[str]") -> Iterator[Dict[str, str]]:
    """The first line of each wanted field, stanza by stanza."""
    current: Dict[str, str] = {}
    for line in text.split("\n"):
        if not line:
            if current:
                yield current
                current = {}
        elif line[0] not in " \t":
            key, _, value = line.partition(":")
            if key in wanted:
                current[key] = value.strip()
    if current:
        yield current


def packages(path: str = STATUS) -> Packages:
    """What dpkg has recorded; read again only when the file has changed.

    Raises:
        ModuleFailed: there is no such file, so this is no Debian.
    """
    try:
        info = os.stat(path)
        key = (info.st_mtime_ns, info.st_size)
        cached = _cache.get(path)
        if cached and cached[0] == key:
            return cached[1]
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError as error:
        raise ModuleFailed(
            f"cannot read {path}: {error.strerror}; is this a Debian or Ubuntu?"
        ) from None
    found = Packages(
        Package(
            fields["Package"],
            fields.get("Version", ""),
            fields.get("Architecture", ""),
            fields.get("Status", ""),
            tuple(re.findall(r"(?:^|,)\s*([^\s,(]+)", fields.get("Provides", ""))),
            fields.get("Section", ""),
        )
        for fields in stanzas(text, _WANTED)
        if "Package" in fields
    )
    _cache[path] = (key, found)
    return found


def automatic(path: str = EXTENDED_STATES) -> "set[str]":
    """The names of the packages that apt installed for others' sake."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return set()
    return {
        fields["Package"]
        for fields in stanzas(text, frozenset({"Package", "Auto-Installed"}))
        if fields.get("Auto-Installed") == "1" and "Package" in fields
    }


class Request(NamedTuple):
    """A package as a task asks for it: a name, maybe with a version (=1.2*, >=1.2)."""

    name: str
    relation: str = ""
    version: str = ""

    def satisfied_by(self, version: str) -> bool:
        if self.relation == "=":
            return fnmatch.fnmatchcase(version, self.version)
        return self.relation != ">=" or compare(version, self.version) >= 0

    @property
    def for_apt(self) -> str:
        """As apt-get takes it; it knows no ">=", and takes its candidate."""
        return f"{self.name}={self.version}" if self.relation == "=" else self.name


def parse_request(text: str) -> Request:
    """Raises ModuleFailed for what names no package."""
    found = re.match(r"^([^\s=<>]+?)\s*(?:(>=|=)\s*([^\s]+))?$", text.strip())
    if not found:
        raise ModuleFailed(
            f"'{text}' names no package: write name, name=version, name=1.2* or name>=version"
        )
    return Request(found.group(1), found.group(2) or "", found.group(3) or "")


def compare(one: str, other: str) -> int:
    """Negative, 0 or positive as version ``one`` is older, equal or newer."""
    for left, right in zip(_split(one), _split(other)):
        left_parts, right_parts = _parts(left), _parts(right)
        if left_parts != right_parts:
            return -1 if left_parts < right_parts else 1
    return 0


def _split(version: str) -> Tuple[str, str, str]:
    epoch, colon, rest = version.partition(":")
    if not colon:
        epoch, rest = "0", version
    upstream, hyphen, revision = rest.rpartition("-")
    if not hyphen:
        upstream, revision = rest, "0"
    return epoch, upstream, revision


def _parts(text: str) -> List[Tuple[Tuple[int, ...], int]]:
    """Non-digits and numbers in turn, such that Python's order of lists is dpkg's."""
    out = []
    for letters, digits in re.findall(r"(\D*)(\d*)", text):
        # A tilde sorts before the end of the part, which sorts before letters, then the rest.
        order = [-1 if c == "~" else ord(c) if c.isalpha() else ord(c) + 256 for c in letters]
        out.append(((*order, 0), int(digits or 0)))
    return out

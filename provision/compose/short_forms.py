"""A service's short forms spelt out: ports, volumes, secrets and configs.

Source: https://docs.docker.com/reference/compose-file/services/
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable
from typing import Any

from provision.compose.section import Section, text_of
from provision.errors import DataError, Location
from provision.located import LocatedDict, LocatedList, location_of

_PORT = re.compile(
    r"^(?:(?:(?P<address>\[[0-9a-fA-F:.]+\]|[0-9.]+):)?(?P<outer>\d+(?:-\d+)?)?:)?"
    r"(?P<inner>\d+(?:-\d+)?)(?:/(?P<protocol>tcp|udp|sctp))?$"
)
PROPAGATIONS = ("shared", "slave", "private", "rshared", "rslave", "rprivate")
_HARMLESS = ("rw", "z", "Z", "consistent", "cached", "delegated")
LAST_PORT = 65535


def located(at: Location, **fields: Any) -> LocatedDict:
    """A mapping that was not written as one."""
    made = LocatedDict((key, value) for key, value in fields.items() if value is not None)
    made.at = at
    return made


def spell_out(
    section: Section, key: str, one: Callable[[Any, Location], list[LocatedDict]]
) -> LocatedList:
    """A list whose entries may be texts, as mappings."""
    out = LocatedList()
    out.at = section.place(key)
    for entry in section.items(key):
        at = location_of(entry) or section.place(key)
        if isinstance(entry, dict):
            out.append(entry)
        else:
            out += one(entry, at)
    return out


def port(entry: Any, at: Location) -> list[LocatedDict]:
    """``[published:]target[/protocol]``, ranges allowed, one mapping for each port."""
    text = text_of(entry)
    match = _PORT.match(text)
    if not match:
        raise DataError(
            f"'{text}' is no port", at=at, hint='write "80", "8080:80", "8080:80/udp" or a range'
        )
    if match["address"]:
        raise DataError(
            f"'{text}': a swarm publishes a port on all addresses of a node", at=at,
            hint="leave the address out",
        )  # fmt: skip
    inner, outer = _range(match["inner"], at), _range(match["outer"], at)
    no_ports: list[int | None] = [None] * len(inner)
    if outer and len(outer) != len(inner):
        raise DataError(f"'{text}': the two ranges differ in length", at=at)
    return [
        located(
            at, target=target, published=published, protocol=match["protocol"] or "tcp",
            mode="ingress",
        )
        for target, published in zip(inner, outer or no_ports, strict=True)
    ]  # fmt: skip


def _range(text: str | None, at: Location) -> list[int]:
    if not text:
        return []
    first, _, last = text.partition("-")
    low, high = int(first), int(last or first)
    if not 1 <= low <= high <= LAST_PORT:
        raise DataError(f"'{text}' is no port or range of ports", at=at)
    return list(range(low, high + 1))


def volume(entry: Any, at: Location) -> list[LocatedDict]:
    """``[source:]target[:options]``: a path is bound, a name is a volume."""
    text = text_of(entry)
    parts = text.split(":")
    if len(parts) > 3 or not all(parts):
        raise DataError(
            f"'{text}' is no volume", at=at, hint="write source:target or source:target:ro"
        )
    if len(parts) == 1:
        return [located(at, type="volume", target=text)]
    source, target = parts[:2]
    bound = source.startswith(("/", ".", "~"))
    made = located(at, type="bind" if bound else "volume", source=source, target=target)
    for option in parts[2].split(",") if len(parts) == 3 else ():
        if option == "ro":
            made["read_only"] = True
        elif option == "nocopy":
            made["volume"] = located(at, nocopy=True)
        elif option in PROPAGATIONS:
            made["bind"] = located(at, propagation=option)
        elif option not in _HARMLESS:
            raise DataError(f"'{text}': '{option}' is no option of a volume", at=at)
    return [made]


def reference(entry: Any, at: Location) -> list[LocatedDict]:
    """The name of a secret or config."""
    return [located(at, source=text_of(entry))]


def absolute(path: str, folder: str) -> str:
    """A path of a compose file, from its folder; ``~`` is left to the node."""
    return path if path.startswith(("/", "~")) else posixpath.normpath(folder + path)

"""Host names as inventories write them: ranges such as ``web[01:20].example.org`` and ports.

https://docs.ansible.com/ansible/latest/inventory_guide/intro_inventory.html
"""

from __future__ import annotations

import ipaddress
import re
import string

from provision.errors import InventoryError, Location

LARGEST_RANGE = 100_000
"""More hosts than this in one range is taken for a slip of the pen."""

_RANGE = re.compile(r"\[([^\[\]]*:[^\[\]]*)\]")
_BRACKETED = re.compile(r"\[(?P<host>[^\[\]]+)\](?::(?P<port>[0-9]+))?")
_WITH_PORT = re.compile(r"(?P<host>(?:[^:\[\]]|\[[^\]]*\])+):(?P<port>[0-9]+)")


def expand(pattern: str, at: Location | None = None) -> tuple[list[str], int | None]:
    """The names a host entry stands for, and its port if it gives one.

    ``db[01:03]:2222`` gives db01, db02, db03 and 2222. An IPv6 address with a port is written
    in brackets: ``[2001:db8::1]:2222``.

    Raises:
        InventoryError: a malformed range or port.
    """
    name, port = _split_port(pattern)
    if port is not None and not 0 < port < 65536:
        raise InventoryError(f"{port} is not a port", at=at, hint="ports are 1 to 65535")
    return (expand_ranges(name, at) if _RANGE.search(name) else [name]), port


def _split_port(pattern: str) -> tuple[str, int | None]:
    bracketed = _BRACKETED.fullmatch(pattern)
    if bracketed and is_ipv6(bracketed["host"]):
        return bracketed["host"], int(bracketed["port"]) if bracketed["port"] else None
    plain = _WITH_PORT.fullmatch(pattern)
    if plain:
        return plain["host"], int(plain["port"][:6])
    return pattern, None


def is_ipv6(text: str) -> bool:
    """Whether this is an IPv6 address, with or without a zone."""
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True


def expand_ranges(pattern: str, at: Location | None = None) -> list[str]:
    """Every name that a pattern with one or more ``[begin:end:step]`` stands for."""
    if is_ipv6(pattern):
        return [pattern]
    names = [""]
    rest = pattern
    while match := _RANGE.search(rest):
        head, rest = rest[: match.start()], rest[match.end() :]
        values = _values(match[1], pattern, at)
        if len(names) * len(values) > LARGEST_RANGE:
            raise InventoryError(f"'{pattern}' stands for more than {LARGEST_RANGE} hosts", at=at)
        names = [name + head + value for name in names for value in values]
    return [name + rest for name in names]


def _values(written: str, pattern: str, at: Location | None) -> list[str]:
    def wrong(why: str) -> InventoryError:
        return InventoryError(
            f"the range [{written}] in '{pattern}' {why}",
            at=at,
            hint="ranges are [01:20], [1:9:2] or [a:f], both ends included",
        )

    bounds = written.split(":")
    if len(bounds) not in (2, 3):
        raise wrong("is not begin:end or begin:end:step")
    begin, end = bounds[0] or "0", bounds[1]
    if not end:
        raise wrong("has no end")
    step = bounds[2] if len(bounds) == 3 else "1"
    if not _is_number(step) or int(step) == 0:
        raise wrong("has a step that is not a number above 0")
    if begin in string.ascii_letters and end in string.ascii_letters and len(begin + end) == 2:
        letters = string.ascii_letters
        first, last = letters.index(begin), letters.index(end)
        if first > last:
            raise wrong("ends before it begins")
        return list(letters[first : last + 1 : int(step)])
    if not (_is_number(begin) and _is_number(end)):
        raise wrong("is neither of numbers nor of single letters")
    width = len(begin) if len(begin) > 1 and begin.startswith("0") else 0
    if width and len(begin) != len(end):
        raise wrong("is padded with zeros to different lengths")
    if int(begin) > int(end):
        raise wrong("ends before it begins")
    if (int(end) - int(begin)) // int(step) >= LARGEST_RANGE:
        raise wrong(f"has more than {LARGEST_RANGE} values")
    return [str(n).zfill(width) for n in range(int(begin), int(end) + 1, int(step))]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 18

"""``serial``: how many hosts of a play go through it at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from provision.errors import PlaybookError
from provision.located import location_of


def batches(hosts: Sequence[str], serial: Sequence[Any]) -> Iterator[list[str]]:
    """The hosts in batches; the last size repeats, sizes of 0 mean all that are left.

    Parameters:
        serial: numbers or percentages ("30%") of all hosts.
    """
    sizes = [batch_size(entry, len(hosts)) for entry in serial] or [len(hosts)]
    start, turn = 0, 0
    while start < len(hosts):
        size = sizes[min(turn, len(sizes) - 1)] or len(hosts)
        yield list(hosts[start : start + size])
        start += size
        turn += 1


def batch_size(entry: Any, total: int) -> int:
    """One entry of ``serial`` as a number of hosts. Raises PlaybookError."""
    text = str(entry).strip()
    try:
        if text.endswith("%"):
            return max(1, int(float(text[:-1]) / 100 * total))
        return max(0, int(text))
    except ValueError:
        raise PlaybookError(
            f"serial: '{entry}' is neither a number nor a percentage", at=location_of(entry)
        ) from None

"""Durations and sizes as people write them and as the Engine counts them."""

from __future__ import annotations

import re
from typing import Any, Union

from provision.agent.task import ModuleFailed

_NANOSECONDS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
    "d": 86400 * 10**9,
}
_DURATION_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h|d)")
_SIZE = re.compile(r"^\s*(\d+(?:\.\d+)?)\s*([KMGTPE]?)(?:I?B)?\s*$", re.IGNORECASE)


def nanoseconds(param: str, value: Any) -> int:
    """A duration such as "1m30s" or "500ms" in nanoseconds; a bare number is nanoseconds.

    Raises:
        ModuleFailed: it is neither.
    """
    text = str(value).strip()
    if re.match(r"^\d+$", text):
        return int(text)
    parts = _DURATION_PART.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ModuleFailed(f"{param}: '{value}' is not a duration; write it as 1m30s, 500ms or 2h")
    return int(sum(round(float(number) * _NANOSECONDS[unit]) for number, unit in parts))


def size(param: str, value: Union[str, int]) -> int:
    """A size such as "512M" or "1.5GiB" in bytes, by powers of 1024; a bare number is bytes.

    Raises:
        ModuleFailed: it is neither.
    """
    match = _SIZE.match(str(value))
    if not match:
        raise ModuleFailed(f"{param}: '{value}' is not a size; write it as 512M, 2G or 1048576")
    power = " KMGTPE".index(match.group(2).upper() or " ")
    return int(float(match.group(1)) * 1024**power)

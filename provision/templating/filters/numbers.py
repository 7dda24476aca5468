"""Numbers and sizes."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from provision.errors import TemplateError

_POWERS = {"Y": 80, "Z": 70, "E": 60, "P": 50, "T": 40, "G": 30, "M": 20, "K": 10}
_SIZE = r"\s*(?P<number>\d*\.?\d+)\s*(?P<unit>[A-Za-z]+)?\s*"


def log(value: float, base: float = math.e) -> float:
    """The logarithm, natural unless a base is given."""
    try:
        return math.log10(value) if base == 10 else math.log(value, base)
    except (TypeError, ValueError) as error:
        raise TemplateError(f"log of {value!r}: {error}") from None


def power(value: float, exponent: float) -> Any:
    """A number to a power."""
    return math.pow(value, exponent)


def root(value: float, base: float = 2) -> float:
    """The square root, or another root."""
    try:
        return math.sqrt(value) if base == 2 else math.pow(value, 1.0 / float(base))
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise TemplateError(f"root of {value!r}: {error}") from None


def human_readable(size: Any, isbits: bool = False, unit: str | None = None) -> str:
    """A number of bytes (or bits) as ``1.50 GB``, in the given unit or the largest that fits."""
    try:
        number = float(size)
    except (TypeError, ValueError):
        raise TemplateError(f"human_readable takes a number of bytes, not {size!r}") from None
    small = "bits" if isbits else "Bytes"
    for letter, exponent in _POWERS.items():
        if unit.upper() == letter if unit else abs(number) >= 2**exponent:
            return f"{number / 2**exponent:.2f} {letter}{'b' if isbits else 'B'}"
    return f"{number:.2f} {small}"


def human_to_bytes(size: Any, default_unit: str | None = None, isbits: bool = False) -> int:
    """A size such as ``10M`` or ``1.5 GB`` as a number of bytes (or bits)."""
    match = re.fullmatch(_SIZE, str(size))
    if not match:
        raise TemplateError(f"'{size}' is not a size", hint="sizes are written 512, 10M or 1.5GB")
    number, unit = float(match["number"]), match["unit"] or default_unit
    if not unit:
        return round(number)
    letter, rest = unit[0].upper(), unit[1:]
    whole = ("bit", "bits") if isbits else ("byte", "bytes")
    if letter == "B" and (not rest or unit.lower() in whole):
        return round(number)
    known = not rest or rest == ("b" if isbits else "B") or rest.lower() in whole
    if letter not in _POWERS or not known:
        raise TemplateError(
            f"'{unit}' is not a unit of {'bits' if isbits else 'bytes'}",
            hint="units are K, M, G, T, P, E, Z, Y, with b for bits or B for bytes",
        )
    return round(number * 2.0 ** _POWERS[letter])


NUMBERS: dict[str, Callable[..., Any]] = {
    "log": log,
    "pow": power,
    "root": root,
    "human_readable": human_readable,
    "human_to_bytes": human_to_bytes,
}

"""Reading small files that may not be there."""

from __future__ import annotations

from typing import Dict, Iterator


def text(path: str, default: str = "") -> str:
    """The file's content without surrounding space."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return default


def lines(path: str) -> Iterator[str]:
    return iter(text(path).splitlines())


def assignments(path: str) -> Dict[str, str]:
    """``KEY="value"`` lines, as in os-release."""
    found = {}
    for line in lines(path):
        key, equals, value = line.partition("=")
        if equals and not key.startswith("#"):
            found[key.strip()] = value.strip().strip("\"'")
    return found

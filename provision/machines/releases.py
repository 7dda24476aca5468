"""The Debian releases that nodes run."""

from __future__ import annotations

import re
from collections.abc import Mapping

from provision.errors import UsageError, did_you_mean

RELEASES: Mapping[str, str] = {"bullseye": "11", "bookworm": "12", "trixie": "13"}
"""Codename -> version: those that nodes were run with, and that the roles support."""

DEFAULT_RELEASE = "bookworm"


def release(text: str) -> str:
    """The codename of a release, given by that or by its version.

    Raises:
        UsageError: it is none that nodes can run.
    """
    wanted = text.strip().lower()
    for codename, version in RELEASES.items():
        if wanted in (codename, version):
            return codename
    known = ", ".join(f"{codename} ({version})" for codename, version in RELEASES.items())
    raise UsageError(
        f"nodes do not run Debian {text!r}",
        hint=did_you_mean(wanted, RELEASES) or f"they run {known}",
    )


def is_codename(image: str) -> bool:
    """Whether what a machine is made from is a Debian codename, not an image's name."""
    return re.fullmatch(r"[a-z]+", image) is not None

"""How images are called."""

from __future__ import annotations

import re
from typing import Tuple

_ID = re.compile(r"^(sha256:)?[0-9a-f]{12,64}$")


def split_name(name: str, tag: str = "latest") -> Tuple[str, str]:
    """Repository and tag (or digest) of an image name; ``tag`` where it names none."""
    if "@" in name:
        repository, digest = name.split("@", 1)
        return repository, digest
    head, _, last = name.rpartition("/")
    if ":" in last:
        last, tag = last.split(":", 1)
    return (f"{head}/{last}" if head else last), tag


def full_name(name: str, tag: str = "latest") -> str:
    """``repository:tag`` or ``repository@digest``."""
    repository, tag = split_name(name, tag)
    return f"{repository}@{tag}" if tag.startswith("sha256:") else f"{repository}:{tag}"


def is_id(name: str) -> bool:
    """Whether this is an image's ID rather than a name."""
    return bool(_ID.match(name))

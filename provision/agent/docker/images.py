"""Images on an Engine: names, finding, loading, pulling."""

from __future__ import annotations

import re
from typing import Any, Dict, List, Optional, Tuple

from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed

_LOADED = re.compile(r"^Loaded image(?: ID)?: (.+)$")
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


def find_image(engine: Engine, name: str, tag: str = "latest") -> Optional[Dict[str, Any]]:
    """The image of this name or ID as the Engine tells it, or None."""
    wanted = name if is_id(name) else full_name(name, tag)
    # The path takes the name with its slashes.
    found: Optional[Dict[str, Any]] = engine.find(f"/images/{wanted}/json")
    return found


def load(engine: Engine, path: str) -> List[str]:
    """Load an archive; the names, or IDs of nameless images, that the Engine says it loaded.

    Raises:
        ModuleFailed: the Engine refused it.
    """
    with open(path, "rb") as file:
        answer = engine.post("/images/load", file, {"quiet": True})
    names = []
    for line in _lines(answer):
        match = _LOADED.match(line.strip())
        if match:
            names.append(match.group(1))
    return names


def pull(engine: Engine, name: str, tag: str = "latest", platform: Optional[str] = None) -> None:
    """Pull an image. Raises ModuleFailed with the registry's or Engine's reason."""
    repository, tag = split_name(name, tag)
    query = {"fromImage": repository, "tag": tag, "platform": platform}
    _lines(engine.post("/images/create", query=query))


def _lines(answer: Any) -> List[str]:
    """The text of a progress stream. Raises ModuleFailed for an error in it."""
    out: List[str] = []
    for entry in answer if isinstance(answer, list) else [answer]:
        if not isinstance(entry, dict):
            continue
        if entry.get("error"):
            raise ModuleFailed(f"Docker Engine: {entry['error']}")
        out += str(entry.get("stream") or entry.get("status") or "").splitlines()
    return out

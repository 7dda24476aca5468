"""Images on an Engine: finding, loading, pulling, pushing, naming."""

from __future__ import annotations

import re
from typing import Any, BinaryIO, Dict, List, Optional

from provision.agent.docker.credentials import login_header
from provision.agent.docker.image_names import full_name, is_id, split_name
from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed

_LOADED = re.compile(r"^Loaded image(?: ID)?: (.+)$")


def find_image(engine: Engine, name: str, tag: str = "latest") -> Optional[Dict[str, Any]]:
    """The image of this name or ID as the Engine tells it, or None."""
    wanted = name if is_id(name) else full_name(name, tag)
    # The path takes the name with its slashes.
    found: Optional[Dict[str, Any]] = engine.find(f"/images/{wanted}/json")
    return found


def load(engine: Engine, file: BinaryIO) -> List[str]:
    """Load an archive; the names, or IDs of nameless images, that the Engine says it loaded.

    Raises:
        ModuleFailed: the Engine refused it.
    """
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
    _lines(engine.request("POST", "/images/create", query, headers=login_header(name)))


def push(engine: Engine, name: str, tag: str = "latest") -> bool:
    """Push an image; whether its registry lacked any of it. Raises as ``pull``."""
    repository, tag = split_name(name, tag)
    path = f"/images/{repository}/push"
    # The Engine wants a login, be it empty.
    headers = {"X-Registry-Auth": "e30=", **login_header(name)}
    lines = _lines(engine.request("POST", path, {"tag": tag}, headers=headers))
    return "Pushed" in lines


def tag(engine: Engine, image: str, repository: str, name: str) -> None:
    """Give an image, by name or ID, the name ``repository:name``."""
    engine.post(f"/images/{image}/tag", query={"repo": repository, "tag": name})


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

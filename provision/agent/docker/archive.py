"""What an image archive (``docker save``) holds, read without an Engine.

Source: https://github.com/moby/moby/blob/master/image/spec/v1.2.md
"""

from __future__ import annotations

import json
import os
import tarfile
import tempfile
from typing import Any, Dict, List, Mapping, Optional
from urllib.parse import urlencode

from provision.agent.docker.image_names import is_id
from provision.agent.docker.streams import download
from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed


def images_in(path: str) -> Optional[Dict[str, List[str]]]:
    """Image ID -> its tags; None when the archive does not list them in manifest.json.

    Raises:
        ModuleFailed: there is no such file, or it is no tar archive.
    """
    if not os.path.isfile(path):
        raise ModuleFailed(f"there is no image archive {path} on the node")
    try:
        with tarfile.open(path, "r:*") as archive:
            member = archive.extractfile("manifest.json")
            manifest = json.loads(member.read().decode("utf-8")) if member else None
    except KeyError:
        return None
    except (tarfile.TarError, OSError, EOFError, ValueError) as error:
        raise ModuleFailed(f"{path} is not an image archive (docker save): {error}") from None
    return _by_id(manifest)


def _by_id(manifest: Any) -> Optional[Dict[str, List[str]]]:
    out: Dict[str, List[str]] = {}
    for entry in manifest or ():
        config = str(entry.get("Config", ""))
        # docker save writes <id>.json, newer Engines blobs/sha256/<id>.
        digest = os.path.basename(config)
        digest = digest[: -len(".json")] if digest.endswith(".json") else digest
        if len(digest) != 64:
            return None
        out["sha256:" + digest] = list(entry.get("RepoTags") or [])
    return out


def holds(path: str, images: Mapping[str, str]) -> bool:
    """Whether an archive is there and holds exactly these images.

    Parameters:
        images: name (or ID) -> the image's ID.
    """
    try:
        held = images_in(path)
    except ModuleFailed:
        return False
    wanted: Dict[str, List[str]] = {}
    for name, identity in images.items():
        wanted.setdefault(identity, []).extend([] if is_id(name) else [name])
    return held is not None and {key: sorted(tags) for key, tags in held.items()} == {
        key: sorted(tags) for key, tags in wanted.items()
    }


def save(engine: Engine, names: List[str], path: str) -> None:
    """Write images to an archive, which is whole or as it was before.

    Raises:
        ModuleFailed: the Engine refused, or the archive cannot be written.
    """
    folder = os.path.dirname(path) or "."
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=".images-", dir=folder)
        with os.fdopen(handle, "wb") as file:
            download(engine, "/images/get?" + urlencode([("names", name) for name in names]), file)
        os.replace(temporary, path)
    except OSError as error:
        raise ModuleFailed(f"cannot write {path} on the node: {error.strerror}") from None
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)

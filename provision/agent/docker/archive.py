"""What an image archive (``docker save``) holds, read without an Engine.

Source: https://github.com/moby/moby/blob/master/image/spec/v1.2.md
"""

from __future__ import annotations

import json
import os
import tarfile
from typing import Any, Dict, List, Optional

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

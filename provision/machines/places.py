"""Where clusters keep their files, for who only wants to know that.

The store that reads and writes them brings 14 ms of imports to each run of a playbook.
"""

from __future__ import annotations

from pathlib import Path

INVENTORY = "inventory.yml"
OWED_HANDLERS = "owed_handlers.jsonl"


def cluster_folder(root: Path, name: str) -> Path:
    """A cluster's directory below a ``.provision`` folder."""
    return root.absolute() / "clusters" / name


def cluster_names(root: Path) -> list[str]:
    """The clusters below a ``.provision`` folder that have a state, sorted."""
    return sorted(path.parent.name for path in root.glob("clusters/*/state.json"))

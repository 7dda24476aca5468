"""Where clusters' state lies: a ``.provision`` folder, found like git finds its own."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path

from provision.machines.places import INVENTORY, OWED_HANDLERS, cluster_folder, cluster_names

FOLDER = ".provision"
VARIABLE = "PROVISION_DIR"


def workspace(start: Path | None = None) -> Path:
    """The state folder: $PROVISION_DIR, else the nearest .provision upwards, else one here.

    It need not exist yet.
    """
    if named := os.environ.get(VARIABLE):
        return Path(named).expanduser().absolute()
    here = (start or Path.cwd()).absolute()
    for folder in (here, *here.parents):
        if (folder / FOLDER).is_dir():
            return folder / FOLDER
    return here / FOLDER


def owed_handlers(sources: Sequence[str]) -> Path:
    """Where runs over an inventory remember notified handlers that have not run.

    Beside the inventory of a cluster, so that it goes with the cluster.
    """
    root = workspace()
    paths = [str(Path(source).absolute()) for source in sources]
    for name in cluster_names(root):
        folder = cluster_folder(root, name)
        if paths == [str(folder / INVENTORY)]:
            return folder / OWED_HANDLERS
    digest = hashlib.sha256("\n".join(paths).encode()).hexdigest()[:16]
    return root / "handlers" / f"{digest}.jsonl"

"""Where clusters' state lies: a ``.provision`` folder, found like git finds its own."""

from __future__ import annotations

import os
from pathlib import Path

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

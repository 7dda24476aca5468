"""Where a program is. shutil's ``which`` brings bz2 and lzma: 4 ms of each agent's start."""

from __future__ import annotations

import os
from typing import Optional


def which(program: str, path: Optional[str] = None) -> Optional[str]:
    """The first executable file of that name in the folders of PATH, or of ``path``."""
    for folder in (path or os.environ.get("PATH", os.defpath)).split(":"):
        candidate = os.path.join(folder, program)
        if os.access(candidate, os.X_OK) and os.path.isfile(candidate):
            return candidate
    return None

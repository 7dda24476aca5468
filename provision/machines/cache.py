"""What is kept for all clusters of a user."""

from __future__ import annotations

import os
from pathlib import Path


def cache_directory() -> Path:
    """The folder for it, which exists."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "provision"
    cache.mkdir(parents=True, exist_ok=True)
    return cache

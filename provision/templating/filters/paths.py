"""Paths of files; those that look at the disk look at the controller's."""

from __future__ import annotations

import ntpath
import os
from collections.abc import Callable
from glob import glob
from typing import Any

# Paths here are the user's texts: os.path keeps them as written, pathlib would tidy them.


def path_join(parts: Any) -> str:
    """Parts of a path joined."""
    return os.path.join(*[str(parts)] if isinstance(parts, str) else map(str, parts))  # noqa: PTH118


def fileglob(pattern: str) -> list[str]:
    """The files that match a pattern."""
    return [path for path in glob(pattern) if os.path.isfile(path)]  # noqa: PTH113, PTH207


def relpath(path: str, start: str = ".") -> str:
    """A path as seen from another."""
    return os.path.relpath(path, start)


def commonpath(paths: Any) -> str:
    """The longest path that all have in common."""
    return str(os.path.commonpath(paths))


def _splitext(path: str) -> list[str]:
    return list(os.path.splitext(path))  # noqa: PTH122  (a URL or a name with slashes stays one)


def _win_splitdrive(path: str) -> list[str]:
    return list(ntpath.splitdrive(path))


PATHS: dict[str, Callable[..., Any]] = {
    "basename": os.path.basename,
    "dirname": os.path.dirname,
    "splitext": _splitext,
    "expanduser": os.path.expanduser,
    "expandvars": os.path.expandvars,
    "realpath": os.path.realpath,
    "relpath": relpath,
    "normpath": os.path.normpath,
    "commonpath": commonpath,
    "path_join": path_join,
    "fileglob": fileglob,
    "win_basename": ntpath.basename,
    "win_dirname": ntpath.dirname,
    "win_splitdrive": _win_splitdrive,
}

"""Tests of paths on the controller."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from provision.inventory.vault import is_encrypted


def is_file(path: Any) -> bool:
    """Whether there is a file."""
    return Path(str(path)).is_file()


def is_directory(path: Any) -> bool:
    """Whether there is a directory."""
    return Path(str(path)).is_dir()


def is_link(path: Any) -> bool:
    """Whether there is a symbolic link."""
    return Path(str(path)).is_symlink()


def exists(path: Any) -> bool:
    """Whether there is anything."""
    return Path(str(path)).exists()


def link_exists(path: Any) -> bool:
    """Whether there is anything, be it a link that points nowhere."""
    return Path(str(path)).exists() or Path(str(path)).is_symlink()


def is_mount(path: Any) -> bool:
    """Whether a file system is mounted there."""
    return Path(str(path)).is_mount()


def is_absolute(path: Any) -> bool:
    """Whether a path is absolute."""
    return Path(str(path)).is_absolute()


def same_file(path: Any, other: Any) -> bool:
    """Whether two paths lead to one file."""
    return Path(str(path)).samefile(str(other))


def vaulted_file(path: Any) -> bool:
    """Whether a file is vault-encrypted."""
    with Path(str(path)).open("rb") as file:
        return is_encrypted(file.read(32))


FILES: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("file", "is_file"), is_file),
    **dict.fromkeys(("directory", "is_dir"), is_directory),
    **dict.fromkeys(("link", "is_link"), is_link),
    "exists": exists,
    "link_exists": link_exists,
    **dict.fromkeys(("mount", "is_mount"), is_mount),
    **dict.fromkeys(("abs", "is_abs"), is_absolute),
    **dict.fromkeys(("same_file", "is_same_file"), same_file),
    "vaulted_file": vaulted_file,
}

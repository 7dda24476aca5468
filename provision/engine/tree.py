"""Folders of the controller on their way to hosts, in the order in which nodes get their parts."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple
from weakref import WeakValueDictionary

from provision.engine.contents import BATCH, INLINE, Content

KEPT = 16
"""Steps whose files stay in memory for hosts that come later, each of BATCH bytes at most."""


class Part(NamedTuple):
    """A folder, a file or a link.

    Parameters:
        below: its path from the folder; "" for the folder itself.
        kind: ``folder``, ``file`` or ``link``.
        size: a file's bytes.
    """

    path: str
    below: str
    kind: str
    size: int = 0


def parts(folder: str, follow: bool, below: str = "") -> Iterator[Part]:
    """A folder and all that is in it, by name.

    os.scandir, since pathlib takes four times as long, of which a tree has as many as files.

    Parameters:
        follow: links are what they lead to.

    Raises:
        OSError: something cannot be looked at.
    """
    yield Part(folder, below, "folder")
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda entry: entry.name)
    for entry in entries:
        inside = f"{below}/{entry.name}" if below else entry.name
        if entry.is_dir(follow_symlinks=follow):
            yield from parts(entry.path, follow, inside)
        elif entry.is_symlink() and not follow:
            yield Part(entry.path, inside, "link")
        else:
            size = entry.stat().st_size if entry.is_file() else 0
            yield Part(entry.path, inside, "file", size)


class Tree:
    """A folder that hosts are sent: listed once, and its small files read and hashed once.

    Of 2,000 files that costs two of three hosts half of what it cost them.

    Attributes:
        alone: it holds one file, whose result is the task's.
        steps: its parts in order, small files between others together.

    Raises:
        OSError: something cannot be looked at.
    """

    def __init__(self, folder: str, follow: bool) -> None:
        found = list(parts(folder, follow))
        self.alone = sum(part.kind == "file" for part in found) == 1
        self.steps: Sequence[Part | list[Part]] = found if self.alone else list(_steps(found))
        self._reading = threading.Lock()
        self._contents: dict[int, list[Content]] = {}

    def contents(self, number: int, read: Callable[[Part], Content]) -> list[Content]:
        """What the small files of a step hold. Raises as ``read``."""
        with self._reading:
            found = self._contents.get(number)
            if found is None:
                step = self.steps[number]
                assert isinstance(step, list)
                found = self._contents[number] = [read(part) for part in step]
                if len(self._contents) > KEPT:
                    del self._contents[next(iter(self._contents))]
            return found


def _steps(found: Sequence[Part]) -> Iterator[Part | list[Part]]:
    small: list[Part] = []
    size = 0
    for part in found:
        fits = part.kind == "file" and part.size <= INLINE
        if small and (not fits or size + part.size > BATCH):
            yield small
            small, size = [], 0
        if fits:
            small.append(part)
            size += part.size
        else:
            yield part
    if small:
        yield small


class Trees:
    """The folders that some host is being sent. Who begins with one later gets its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: WeakValueDictionary[tuple[object, ...], Tree] = WeakValueDictionary()

    def get(self, task: int, folder: str, *, follow: bool, decrypt: bool) -> Tree:
        """A task's folder. Raises OSError."""
        key = (task, folder, follow, decrypt)
        with self._lock:
            tree = self._known.get(key)
            if tree is None:
                tree = self._known[key] = Tree(folder, follow)
        return tree

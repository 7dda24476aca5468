"""Handlers that were notified and have not run yet, kept in a file from one run to the next.

A file that changed is not changed again by the next run, so nothing would notify its handler a
second time: what a failure, an abort or a killed controller left undone has to be remembered.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from provision.playbook.model import Play

Notifications = Mapping[int, list[str]]
"""Names as they were notified, by the play's section, counted from its end."""


def owner(play: Play) -> str:
    """What tells a play from others, from run to run."""
    return f"{play.file.absolute()}: {play.name}"


class Owed:
    """What the handlers of each play still owe each host.

    Every change is one line appended to the file at once, so that nothing is lost with a killed
    process; ``close`` leaves only what is still owed, or no file.

    Parameters:
        file: None remembers nothing beyond the run.
        forget: begin with nothing, whatever earlier runs left.
        read_only: change nothing on disk (check mode).
    """

    def __init__(self, file: Path | None, *, forget: bool = False, read_only: bool = False) -> None:
        self._file = file
        self._forget = forget
        self._writes = file is not None and not read_only
        self._known: dict[tuple[str, str], dict[int, list[str]]] = {}
        self.unwritable: str | None = None
        for play, host, notifications in _entries(file):
            self._set(play, host, notifications)

    def of(self, play: str, host: str) -> dict[int, list[str]]:
        """What earlier runs left for a host as it comes to a play."""
        if self._forget:
            self.keep(play, host, {})
        known = self._known.get((play, host), {})
        return {section: list(names) for section, names in known.items()}

    def keep(self, play: str, host: str, notifications: Notifications) -> None:
        """From now on this, and only this, is owed to a host by a play's handlers."""
        if not notifications and (play, host) not in self._known:
            return
        self._set(play, host, notifications)
        if self._writes:
            self._append(_line(play, host, notifications))

    def left(self) -> dict[tuple[str, str], list[str]]:
        """All that is owed: by play and host, the names."""
        return {
            key: [name for names in sections.values() for name in names]
            for key, sections in self._known.items()
        }

    def close(self) -> None:
        """Leave only what is still owed on disk, and no file where that is nothing."""
        file = self._file
        if file is None or not self._writes or not file.exists():
            return
        with suppress(OSError):
            if not self._known:
                file.unlink()
                # Folders made for it go with it, others are not empty.
                for folder in list(file.parents)[:2]:
                    folder.rmdir()
                return
            fresh = file.with_name(f".{file.name}.{os.getpid()}")
            with open(_private(fresh), "w", encoding="utf-8") as out:
                out.writelines(_line(*key, names) for key, names in self._known.items())
            fresh.replace(file)

    def _set(self, play: str, host: str, notifications: Notifications) -> None:
        if notifications:
            self._known[play, host] = {s: list(names) for s, names in notifications.items()}
        else:
            self._known.pop((play, host), None)

    def _append(self, line: str) -> None:
        assert self._file is not None
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with open(_private(self._file), "a", encoding="utf-8") as out:
                out.write(line)
        except OSError as error:
            self._writes = False
            self.unwritable = f"{self._file}: {error.strerror}"


def _private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)


def _line(play: str, host: str, notifications: Notifications) -> str:
    entry = {"play": play, "host": host, "notified": {str(s): n for s, n in notifications.items()}}
    return json.dumps(entry) + "\n"


def _entries(file: Path | None) -> Iterator[tuple[str, str, dict[int, list[str]]]]:
    """The file's lines; those that a crash or an editor left unreadable are passed over."""
    if file is None:
        return
    try:
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        with suppress(ValueError, KeyError, TypeError, AttributeError):
            entry: Any = json.loads(line)
            names = {int(s): [str(name) for name in n] for s, n in entry["notified"].items()}
            yield str(entry["play"]), str(entry["host"]), names

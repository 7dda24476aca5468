"""Errors that a person reads, and where they happened.

    ProvisionError            exit 1
    ├── UsageError            exit 2   what was asked for cannot be done as asked
    ├── DataError             exit 5   a playbook, inventory, template or variable file is wrong
    │   ├── PlaybookError     exit 5   (raised at load, before anything is touched)
    │   ├── InventoryError    exit 5
    │   └── TemplateError     exit 2   (undefined variables, filter errors: they fail a task)
    ├── TaskFailed            exit 2   a module or action said no
    ├── Unreachable           exit 4   no session with a host
    └── MachineError          exit 1   a driver could not do what was asked

Exit codes are ansible-playbook's, so that CI jobs written for it keep their meaning.
Every message says what happened; ``at`` says where; ``hint`` says what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Location:
    """A place in a file.

    Parameters:
        file: the file as the user would name it.
        line: 1-based; 0 when only the file is known.
        column: 1-based; 0 when only the line is known.
    """

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        parts = [self.file, *(str(n) for n in (self.line, self.column) if n)]
        return ":".join(parts)

    @classmethod
    def parse(cls, text: str) -> Location:
        """What ``str`` of a location gave."""
        found = re.fullmatch(r"(.*?)(?::(\d+))?(?::(\d+))?", text, re.DOTALL)
        assert found is not None
        return cls(found[1], int(found[2] or 0), int(found[3] or 0))

    def excerpt(self, context: int = 1) -> str:
        """The lines around the place with a caret below the column; empty if unreadable."""
        if not self.line:
            return ""
        try:
            lines = Path(self.file).read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return ""
        first, last = max(1, self.line - context), min(len(lines), self.line + context)
        out = []
        for number in range(first, last + 1):
            out.append(f"{number:>5} | {lines[number - 1]}")
            if number == self.line and self.column:
                out.append(" " * (7 + self.column) + "^")
        return "\n".join(out)


@dataclass(eq=False)
class ProvisionError(Exception):
    """Something a person has to know about.

    Parameters:
        message: what happened, one sentence, no trailing full stop needed.
        at: where in a file, if in one.
        hint: what to do about it.
        host: the host it concerns, if one.
    """

    message: str
    at: Location | None = field(default=None, kw_only=True)
    hint: str | None = field(default=None, kw_only=True)
    host: str | None = field(default=None, kw_only=True)

    exit_code = 1

    def __str__(self) -> str:
        return self.message

    def render(self) -> str:
        """The whole message as the console shows it (plain text, several lines)."""
        where = f"{self.at}: " if self.at else ""
        who = f"[{self.host}] " if self.host else ""
        lines = [f"{where}{who}{self.message}"]
        if self.at and (excerpt := self.at.excerpt()):
            lines.append(excerpt)
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class UsageError(ProvisionError):
    """A command line or a declared shape that cannot be carried out."""

    exit_code = 2


class DataError(ProvisionError):
    """A file that the user wrote is wrong."""

    exit_code = 5


class PlaybookError(DataError):
    """A playbook, role or task file is wrong; nothing has been touched."""


class InventoryError(DataError):
    """An inventory source or variable file is wrong; nothing has been touched."""


class TemplateError(DataError):
    """An expression or template cannot be rendered."""

    exit_code = 2


class TaskFailed(ProvisionError):
    """A module or action reported failure."""

    exit_code = 2


class Unreachable(ProvisionError):
    """No session with a host: refused, timed out, key changed, authentication failed."""

    exit_code = 4


class MachineError(ProvisionError):
    """A driver could not do what was asked of a machine."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known name closest to ``word``, or None if nothing is close."""
    import difflib

    found = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint sentence for a misspelt name, or None."""
    name = nearest(word, known)
    return f"did you mean '{name}'?" if name else None

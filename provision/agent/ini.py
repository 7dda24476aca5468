"""INI files edited line by line: what is not touched stays as it was written."""

from __future__ import annotations

import re
from typing import List, NamedTuple, Optional, Sequence, Tuple

Options = Sequence[Tuple[str, List[Optional[str]]]]
"""Options with the values they have to have."""

_HEADER = re.compile(r"^\[(.+)\]\s*$")
_CONTENT = re.compile(r"^[ \t]*[^#;\s]")


class Style(NamedTuple):
    """How lines are written and compared.

    Parameters:
        tight: no blanks around ``=``.
        lenient: blanks around ``=`` are no difference.
    """

    tight: bool
    lenient: bool

    def line(self, option: str, value: Optional[str]) -> str:
        if value is None:
            return option + "\n"
        return f"{option}={value}\n" if self.tight else f"{option} = {value}\n"

    def same(self, one: str, other: str) -> bool:
        if one == other:
            return True
        return self.lenient and _squeezed(one) == _squeezed(other)


class Section:
    """A section: its header's line, None for what is before the first, and the lines in it."""

    def __init__(self, name: Optional[str], header: Optional[str]) -> None:
        self.name = name
        self.header = header
        self.lines: List[str] = []


class Document:
    """A file's sections, in order; the first is what is before all headers."""

    def __init__(self, lines: Sequence[str], style: Style) -> None:
        self.style = style
        self.sections = [Section(None, None)]
        for line in lines:
            header = _HEADER.match(line)
            if header:
                self.sections.append(Section(header.group(1), line))
            else:
                self.sections[-1].lines.append(line)

    def text(self) -> str:
        """The whole file, every line with its newline."""
        lines = []
        for section in self.sections:
            lines += [section.header] if section.header is not None else []
            lines += section.lines
        return "".join(_ended(line) for line in lines)

    def find(self, name: Optional[str], required: Options = ()) -> Optional[Section]:
        """The first section of that name that has the required options."""
        for section in self.sections:
            if section.name == name and all(
                _has(section, option, values) for option, values in required
            ):
                return section
        return None

    def add(self, name: Optional[str], required: Options = ()) -> Section:
        """A new section at the end, with these options."""
        section = Section(name, f"[{name}]\n")
        for option, values in required:
            section.lines += [self.style.line(option, value) for value in values or [None]]
        self.sections.append(section)
        return section

    def remove(self, section: Section) -> bool:
        """Take a section out; what is before all sections is only emptied."""
        if section.header is None:
            gone = bool(section.lines)
            section.lines = []
            return gone
        self.sections.remove(section)
        return True

    def set(
        self,
        section: Section,
        option: str,
        values: Sequence[Optional[str]],
        exclusive: bool,
        inactive: bool,
    ) -> str:
        """Give an option its values; what was done, "" for nothing.

        Parameters:
            exclusive: its other lines go.
            inactive: a commented line of it may be replaced.
        """
        wanted = list(values)
        before = list(section.lines)
        active = _option(option)
        out: List[Optional[str]] = list(section.lines)
        free: List[int] = []
        for index, line in enumerate(section.lines):
            if not active.match(line):
                continue
            have = value_of(line)
            if have in wanted:
                wanted.remove(have)
                new = self.style.line(option, have)
                out[index] = line if self.style.same(_ended(line), new) else new
            elif exclusive:
                free.append(index)
        added = False
        for index in free:
            out[index] = self.style.line(option, wanted.pop(0)) if wanted else None
        commented = re.compile(r"^[ \t]*[#;][ \t]*" + _name(option)) if inactive else None
        for index, line in enumerate(section.lines):
            if wanted and commented and commented.match(line):
                out[index] = self.style.line(option, wanted.pop(0))
        lines = [line for line in out if line is not None]
        if wanted:
            added = True
            place = _end(lines)
            lines[place:place] = [self.style.line(option, value) for value in wanted]
        section.lines = lines
        if lines == before:
            return ""
        return "option added" if added else "option changed"

    def unset(
        self, section: Section, option: str, values: Optional[Sequence[Optional[str]]]
    ) -> bool:
        """Remove an option's lines, or only those with these values; whether there were any."""
        active = _option(option)
        kept = [
            line
            for line in section.lines
            if not active.match(line) or (values is not None and value_of(line) not in values)
        ]
        changed = kept != section.lines
        section.lines = kept
        return changed


def value_of(line: str) -> Optional[str]:
    """What is behind the ``=``; None where there is none."""
    _, equals, value = line.partition("=")
    return value.strip() if equals else None


def _name(option: str) -> str:
    return re.escape(option) + r"[ \t]*(=|$)"


def _option(option: str) -> "re.Pattern[str]":
    return re.compile(r"^[ \t]*" + _name(option))


def _has(section: Section, option: str, values: Sequence[Optional[str]]) -> bool:
    pattern = _option(option)
    have = [value_of(line) for line in section.lines if pattern.match(line)]
    return all(value in have for value in values) if values else bool(have)


def _end(lines: Sequence[str]) -> int:
    """Behind the last line that is neither blank nor a comment."""
    for index in range(len(lines), 0, -1):
        if _CONTENT.match(lines[index - 1]):
            return index
    return 0


def _ended(line: str) -> str:
    return line if line.endswith("\n") else line + "\n"


def _squeezed(line: str) -> str:
    name, equals, value = line.partition("=")
    return f"{name.strip()}{equals}{value.strip()}"

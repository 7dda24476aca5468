"""Compose files as one document: read, their variables filled in, merged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from provision.compose.interpolation import Variables
from provision.compose.merging import merge
from provision.compose.section import Section
from provision.errors import DataError, Location
from provision.located import parse_yaml

PARTS = ("services", "networks", "volumes", "secrets", "configs")


@dataclass(frozen=True, slots=True)
class Source:
    """One compose file, or its content given in place.

    Parameters:
        content: its text, or the data itself.
        name: of the file, for messages.
        folder: what paths in it are relative to, with ``/`` at its end.
        read: the bytes of another file (env_file, secrets and configs). Raises DataError.
    """

    content: Any
    name: str
    folder: str
    read: Callable[[str, Location], bytes]


@dataclass(frozen=True, slots=True)
class Document:
    """Parameters:
    parts: ``services`` and so on; each value knows its place.
    warnings: what is to be said about them.
    """

    parts: Mapping[str, Section]
    warnings: list[str]


def read_document(
    sources: Sequence[Source],
    variables: Mapping[str, str],
    prepare: Callable[[str, Any, Source], Any],
) -> Document:
    """All sources as one; what a later one says counts.

    Parameters:
        variables: for ``${NAME}``.
        prepare: (part, its mapping, source) -> the mapping with what depends on the file
            (paths, short forms) spelt out, so that it can be merged.

    Raises:
        DataError: no YAML, no compose file, or a variable is missing.
    """
    warnings: list[str] = []
    filler = Variables(variables, warnings)
    merged: dict[str, Any] = {part: {} for part in PARTS}
    at = Location(sources[-1].name) if sources else Location("compose")
    for source in sources:
        start = Location(source.name)
        data = source.content
        if isinstance(data, str):
            data = parse_yaml(data, source.name)
        whole = Section(filler.fill(data, start), source.name, start)
        if not whole:
            raise DataError("this compose file is empty", at=start)
        whole.only((*PARTS, "version"))
        _check_version(whole)
        for part in PARTS:
            merged[part] = merge(part, merged[part], prepare(part, whole.raw(part), source))
    return Document({part: Section(merged[part], part, at) for part in PARTS}, warnings)


def _check_version(whole: Section) -> None:
    version = whole.text("version")
    if version is not None and version.partition(".")[0] != "3":
        raise whole.wrong(
            "version", "3 or 3.x, which swarms take", "leave it out, or write version: '3.8'"
        )

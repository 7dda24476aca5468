"""A play's own keywords, which may be templates that no host's variables reach."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.engine.layers import Layers
from provision.engine.vars_files import VarsFiles
from provision.errors import PlaybookError
from provision.located import location_of
from provision.playbook.keywords import keywords_of
from provision.playbook.model import Play
from provision.templating import Templar, is_template

if TYPE_CHECKING:
    from provision.templating import Scope

RENDERED = (
    *("name", "hosts", "gather_facts", "serial", "strategy", "order", "max_fail_percentage"),
    "force_handlers",
)


def rendered(
    play: Play, templar: Templar, magic: Mapping[str, Any], extra: Mapping[str, Any]
) -> Play:
    """The play with these keywords as they are meant.

    Parameters:
        magic: variables of the run.
        extra: those of the command line.

    Raises:
        TemplateError: a variable that only hosts have, for one.
        PlaybookError: what a template gives makes no sense there.
    """
    written = {key: getattr(play, key) for key in RENDERED}
    templates = {key: value for key, value in written.items() if _has_template(value)}
    if not templates:
        return play
    scope = _scope(play, templar, magic, extra)
    readers = keywords_of("play")
    found: dict[str, Any] = {}
    for key, value in templates.items():
        at = location_of(value) or play.at
        given = templar.render(list(value) if isinstance(value, tuple) else value, scope, at=at)
        found[key] = readers[key].read(key, given, at)
    return replace(play, **found)


def _has_template(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_has_template(entry) for entry in value)
    return is_template(value)


def _scope(
    play: Play, templar: Templar, magic: Mapping[str, Any], extra: Mapping[str, Any]
) -> Scope:
    folder = play.file.absolute().parent

    def of(*files: Mapping[str, Any]) -> Scope:
        layers = Layers({"playbook_dir": str(folder)}, magic, extra, *files, play.vars)
        return templar.scope(layers, search=(folder,), at=play.at)

    return of(*_files(play, templar, folder, of))


def _files(play: Play, templar: Templar, folder: Path, scope: Any) -> Iterator[Mapping[str, Any]]:
    """Those of ``vars_files`` that can be found without a host."""
    files = VarsFiles(play, folder, templar, lambda host: scope())
    with contextlib.suppress(PlaybookError):  # said when a host needs it
        yield from files.of("")

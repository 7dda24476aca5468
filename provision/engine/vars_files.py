"""``vars_files`` of a play."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from provision.errors import TemplateError
from provision.inventory import load_variables
from provision.located import location_of
from provision.playbook.model import Play
from provision.playbook.search import find_vars_file, no_vars_file
from provision.templating import Scope, Templar, is_template

_Loaded = tuple[Mapping[str, Any], ...]


class VarsFiles:
    """The variables of a play's files, for each host as its own variables name them.

    A file whose name needs a fact is read once the fact is known.

    Parameters:
        folder: the playbook's.
        scope: a host's variables, by which names are rendered.
    """

    def __init__(
        self, play: Play, folder: Path, templar: Templar, scope: Callable[[str], Scope]
    ) -> None:
        self._play = play
        self._folder = folder
        self._templar = templar
        self._scope = scope
        self._entries = [entry for entry in play.vars_files if entry != []]
        self._constant = not any(
            is_template(name) for entry in self._entries for name in _names(entry)
        )
        self._shared: _Loaded | None = () if not self._entries else None
        self._hosts: dict[str, _Loaded] = {}
        self._busy: set[str] = set()

    def of(self, host: str) -> _Loaded:
        """A host's layers, the last file first. Raises PlaybookError: there is no such file."""
        if self._shared is not None:
            return self._shared
        if host in self._hosts:
            return self._hosts[host]
        if host in self._busy:  # its own names are being rendered
            return ()
        self._busy.add(host)
        try:
            layers, complete = self._load(host)
        finally:
            self._busy.discard(host)
        if self._constant:
            self._shared = layers
        elif complete:
            self._hosts[host] = layers
        return layers

    def _load(self, host: str) -> tuple[_Loaded, bool]:
        layers: list[Mapping[str, Any]] = []
        complete = True
        for entry in self._entries:
            try:
                layers.append(self._first(host, _names(entry)))
            except TemplateError:
                complete = False
        return tuple(reversed(layers)), complete

    def _first(self, host: str, names: list[Any]) -> Mapping[str, Any]:
        tried = []
        for name in names:
            text = name
            if is_template(name):
                text = self._templar.render(name, self._scope(host))
            path = find_vars_file(str(text), self._folder)
            if path is not None:
                return load_variables(path, self._templar.vault)
            tried.append(str(text))
        raise no_vars_file(tried, self._folder, location_of(names[0]) or self._play.at)


def _names(entry: Any) -> list[Any]:
    return list(entry) if isinstance(entry, list) else [entry]

"""``vars_files`` of a play."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.errors import PlaybookError, TemplateError
from provision.inventory import load_variables
from provision.located import location_of
from provision.templating import is_template

if TYPE_CHECKING:
    from provision.engine.play import PlayRun

_Loaded = tuple[Mapping[str, Any], ...]


class VarsFiles:
    """The variables of a play's files, for each host as its own variables name them.

    A file whose name needs a fact is read once the fact is known.
    """

    def __init__(self, state: PlayRun) -> None:
        self._state = state
        self._entries = list(state.play.vars_files)
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
        state = self._state
        tried = []
        for name in names:
            text = name
            if is_template(name):
                text = state.run.templar.render(name, state.scope(host))
            for folder in (state.directory, state.directory / "vars"):
                path = folder / Path(str(text)).expanduser()
                if path.is_file():
                    return load_variables(path, state.run.options.vault)
            tried.append(str(text))
        raise PlaybookError(
            f"vars_files: there is no file {' or '.join(tried)}",
            at=location_of(names[0]) or state.play.at,
            hint=f"looked in {state.directory}",
        )


def _names(entry: Any) -> list[Any]:
    return list(entry) if isinstance(entry, list) else [entry]

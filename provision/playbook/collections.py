"""Ansible's collections: where they are, and what they say of names that moved.

https://docs.ansible.com/ansible/latest/collections_guide/collections_using_playbooks.html
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from provision.playbook.installed_ansible import installed_ansible

BUILTIN = ("ansible.builtin", "ansible.legacy")
DEFAULT_PATH = (Path("~/.ansible/collections"), Path("/usr/share/ansible/collections"))
_FOLDER = "ansible_collections"
_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class Route(NamedTuple):
    """What a collection says of one of its names.

    Parameters:
        redirect: the full name that it has now.
        removed: why there is none any more.
        action: the action plugin that it needs.
    """

    redirect: str | None = None
    removed: str | None = None
    action: str | None = None


class Collections:
    """Parameters: path: folders to look in before the installed Ansible's own."""

    def __init__(self, path: Sequence[Path] = DEFAULT_PATH) -> None:
        self._path = [folder.expanduser() for folder in path]
        self._beside: list[Path] = []
        self._found: dict[str, Path | None] = {}

    def look_in(self, path: Sequence[Path]) -> None:
        """Other folders than at first."""
        self._path = [folder.expanduser() for folder in path]
        self._found.clear()

    def add_playbook(self, base: Path) -> None:
        """Also look in the folder ``collections`` beside a playbook, before all others."""
        folder = base / "collections"
        if folder not in self._beside and folder.is_dir():
            self._beside.append(folder)
            self._found.clear()

    def find(self, name: str) -> Path | None:
        """The folder of a collection (``community.general``), or None."""
        if name not in self._found:
            self._found[name] = self._find(name)
        return self._found[name]

    def folders(self) -> list[Path]:
        """All places looked in, the first that has a collection counts."""
        ansible = installed_ansible()
        site = [ansible.site] if ansible else []
        return [
            folder if folder.name == _FOLDER else folder / _FOLDER
            for folder in (*self._beside, *self._path, *site)
        ]

    def names(self) -> list[str]:
        """Every collection that is installed."""
        found = {
            f"{entry.parent.name}.{entry.name}"
            for folder in self.folders()
            for entry in folder.glob("*/*")
            if (entry / "plugins").is_dir() or (entry / "roles").is_dir()
        }
        return sorted(found)

    def _find(self, name: str) -> Path | None:
        namespace, _, short = name.partition(".")
        for folder in self.folders():
            path = folder / namespace / short
            if path.is_dir():
                return path
        return None

    def route(self, kind: str, collection: str, name: str) -> Route:
        """What is said of a name.

        Parameters:
            kind: ``modules``, ``action`` or ``module_utils``.
        """
        if collection in BUILTIN:
            return _route(_builtin(kind, name))
        path = self.find(collection)
        return _route(_routing(path, kind).get(name)) if path else Route()

    def action_groups(self, collection: str) -> Mapping[str, Any]:
        """The groups of modules that a collection names."""
        path = self.find(collection) if collection not in BUILTIN else None
        return _mapping(_runtime(path).get("action_groups")) if path else {}


def _route(entry: Any) -> Route:
    if not isinstance(entry, dict):
        return Route()
    grave = entry.get("tombstone")
    removed = str(grave.get("warning_text") or "it was removed") if grave else None
    return Route(entry.get("redirect"), removed, entry.get("action_plugin"))


def _routing(collection: Path, kind: str) -> Mapping[str, Any]:
    return _mapping(_mapping(_runtime(collection).get("plugin_routing")).get(kind))


@functools.cache
def _runtime(collection: Path) -> Mapping[str, Any]:
    """What a collection says in ``meta/runtime.yml``."""
    try:
        text = (collection / "meta" / "runtime.yml").read_text(encoding="utf-8")
        return _mapping(yaml.load(text, _Loader))
    except (OSError, yaml.YAMLError):
        return {}


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _builtin(kind: str, name: str) -> Any:
    """An entry of ansible-core's own routing, cut out of its text: all of it would take a second
    to parse."""
    section = _builtin_sections().get(kind, "")
    found = re.search(rf"^    {re.escape(name)}:\n((?:      .*\n)+)", section, re.MULTILINE)
    return yaml.load(found[1], _Loader) if found else None


@functools.cache
def _builtin_sections() -> dict[str, str]:
    ansible = installed_ansible()
    if ansible is None:
        return {}
    try:
        text = (ansible.core / "config" / "ansible_builtin_runtime.yml").read_text("utf-8")
    except OSError:
        return {}
    parts = re.split(r"^  (\w+):\n", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def redirected(collections: Collections, kind: str, name: str) -> tuple[str, Route]:
    """Where a full name ends up, and the last thing said of it."""
    met: set[str] = set()
    while True:
        collection, _, short = name.rpartition(".")
        route = collections.route(kind, collection, short)
        if route.redirect is None or name in met:
            return name, route
        met.add(name)
        name = route.redirect


def parts_of(name: str) -> tuple[str, str]:
    """``community.general.ini_file`` as ``("community.general", "ini_file")``; a short name has
    no collection. Modules in sub-folders have more dots in their own name."""
    words = name.split(".", 2)
    return (f"{words[0]}.{words[1]}", words[2]) if len(words) == 3 else ("", name)

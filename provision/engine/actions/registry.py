"""All actions: modules whose work needs the controller's files or memory."""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Mapping

from provision.engine.actions.base import Action

_NAMES = (
    "add_host",
    "assemble",
    "assert",
    "async_status",
    "copy",
    "debug",
    "docker_stack",
    "fail",
    "fetch",
    "gather_facts",
    "group_by",
    "include_role",
    "include_tasks",
    "include_vars",
    "meta",
    "package",
    "pause",
    "raw",
    "reboot",
    "script",
    "set_fact",
    "set_stats",
    "template",
    "unarchive",
    "uri",
    "validate_argument_spec",
    "wait_for_connection",
)
_RESERVED = {"assert": "assert_"}


class _Actions(Mapping[str, Action]):
    """Imports an action when it is first wanted; the names are known without."""

    def __init__(self) -> None:
        self._known: dict[str, Action | None] = dict.fromkeys(_NAMES)

    def __getitem__(self, name: str) -> Action:
        found = self._known[name]
        if found is None:
            module = f"provision.engine.actions.{_RESERVED.get(name, name)}"
            action: Action = importlib.import_module(module).ACTION
            found = self._known[name] = action
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._known

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


ACTIONS: Mapping[str, Action] = _Actions()

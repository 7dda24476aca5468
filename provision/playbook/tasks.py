"""Task lists: tasks, blocks, and the files that import_tasks puts in their place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from provision.errors import Location, PlaybookError
from provision.located import LocatedDict, location_of
from provision.playbook.actions import find_action, refuse_foreign
from provision.playbook.arguments import merge_args, validate
from provision.playbook.context import Loading, Surroundings
from provision.playbook.expressions import check_condition, check_templates
from provision.playbook.imports import handed_to_included, import_nodes, refuse_on_include
from provision.playbook.inheritance import (
    as_said,
    check_keys,
    defaults_for,
    inherit,
    read_keyword,
    read_settings,
)
from provision.playbook.keywords import Level
from provision.playbook.loops import read_loop
from provision.playbook.model import Block, Node, Task
from provision.playbook.statements import IMPORTS, INCLUDES
from provision.playbook.values import key_place

_BLOCK_KEYS = ("block", "rescue", "always")
_CONDITIONS = ("until", "changed_when", "failed_when")
_CHECKED_ONLY = ("debugger",)
_OWN_KEYWORDS = frozenset(
    {
        "args",
        "async",
        "changed_when",
        "delay",
        "failed_when",
        "listen",
        "notify",
        "poll",
        "register",
        "retries",
        "until",
    }
)


def read_nodes(data: Any, around: Surroundings, loading: Loading, at: Location) -> list[Node]:
    """A list of tasks and blocks. Complaints are collected, one for each entry."""
    if data is None:
        return []
    if not isinstance(data, list):
        hint = "each task begins with '- '" if isinstance(data, dict) else None
        loading.complaints.add(PlaybookError("this must be a list of tasks", at=at, hint=hint))
        return []
    nodes: list[Node] = []
    for entry in data:
        with loading.complaints.collecting():
            nodes += _read_entry(entry, around, loading, location_of(entry) or at)
    return nodes


def read_task_file(
    path: Path, around: Surroundings, loading: Loading, at: Location | None
) -> list[Node]:
    """The nodes of a task file.

    Raises:
        PlaybookError: it cannot be read, or it imports itself.
    """
    resolved = path.resolve()
    if resolved in around.importing:
        chain = " -> ".join(part.name for part in (*around.importing, resolved))
        raise PlaybookError(f"this file imports itself: {chain}", at=at)
    inside = around._replace(file=path, importing=(*around.importing, resolved))
    return read_nodes(loading.yaml(path, at), inside, loading, Location(str(path)))


def _read_entry(entry: Any, around: Surroundings, loading: Loading, at: Location) -> list[Node]:
    if not isinstance(entry, LocatedDict):
        shown = "nothing" if entry is None else f"'{entry}'"
        raise PlaybookError(f"a task must be a mapping, not {shown}", at=at)
    if any(key in entry for key in _BLOCK_KEYS):
        return [_read_block(as_said(entry, "block"), around, loading, at)]
    level: Level = "handler" if around.handlers else "task"
    return _read_task(as_said(entry, level), level, around, loading, at)


def _read_block(data: LocatedDict, around: Surroundings, loading: Loading, at: Location) -> Block:
    if around.handlers:
        raise PlaybookError(
            "a block cannot be a handler", at=at, hint="use include_tasks in a handler"
        )
    check_keys(data, "block", at)
    for key in (key for key in _BLOCK_KEYS if key in data):
        if "block" not in data:
            raise PlaybookError(f"'{key}' needs a 'block' beside it", at=key_place(data, key, at))
        if not data[key]:
            raise PlaybookError(f"this {key} is empty", at=key_place(data, key, at))
    own = read_settings(data, "block", loading.catalog, at)
    for key in _CHECKED_ONLY:
        if key in data:
            read_keyword(key, data, "block", at)
    inside = around._replace(settings=inherit(around.settings, own))

    def nodes(key: str) -> list[Node]:
        place = location_of(data.get(key)) or at
        return read_nodes(data.get(key), inside, loading, place)

    return Block(
        at=at,
        name=_name(data, "block", at),
        settings=inside.settings,
        block=nodes("block"),
        rescue=nodes("rescue"),
        always=nodes("always"),
        role=around.role,
    )


def _name(data: LocatedDict, level: Level, at: Location) -> str:
    if data.get("name") is None:
        return ""
    name = read_keyword("name", data, level, at)
    check_templates("name", name, key_place(data, "name", at))
    return str(name)


def _read_task(
    data: LocatedDict, level: Level, around: Surroundings, loading: Loading, at: Location
) -> list[Node]:
    collections = around.settings.collections or ()
    if "collections" in data:
        collections = tuple(read_keyword("collections", data, level, at))
    action = find_action(data, loading.catalog, level, at, collections)
    own = read_settings(data, level, loading.catalog, at)
    if action.local:
        if own.delegate_to is not None:
            raise PlaybookError("local_action and delegate_to exclude each other", at=action.at)
        own = replace(own, delegate_to="localhost")
    fields = _read_fields(data, level, at)
    args = merge_args(action.args, fields.pop("args", None), key_place(data, "args", at))
    settings = inherit(around.settings, own)
    refuse_foreign(action, settings)
    name = _name(data, level, at)
    loop = read_loop(data, at)

    if action.spec.name in IMPORTS:
        return import_nodes(action, args, data, around._replace(settings=settings), loading)
    apply = None
    if action.spec.name in INCLUDES:
        refuse_on_include(action.spec.name, data, at)
        apply, args = handed_to_included(args, own, around.settings, loading, action.at)
    check_templates(action.spec.name, args, action.at)
    defaults = defaults_for(action.spec.name, settings, loading.catalog)
    validate(action.spec, args, defaults, loading.catalog, action.at)
    task = Task(
        at=at,
        name=name,
        action=action.spec.name,
        args=args,
        settings=settings,
        file=around.file,
        role=around.role,
        loop=loop,
        apply=apply,
        own_vars=own.vars[-1] if own.vars else {},
        **{"notify": settings.notify or (), **fields},
    )
    return [task]


def _read_fields(data: LocatedDict, level: Level, at: Location) -> dict[str, Any]:
    """The keywords that concern the task alone, as fields of Task."""
    fields: dict[str, Any] = {}
    for key in data:
        if key in _OWN_KEYWORDS:
            value = read_keyword(key, data, level, at)
            place = key_place(data, key, at)
            if key in _CONDITIONS:
                for condition in value:
                    check_condition(key, condition, place)
                value = list(value)
            else:
                check_templates(key, value, place)
            fields["async_" if key == "async" else key] = value
        elif key in _CHECKED_ONLY:
            read_keyword(key, data, level, at)
    return fields

"""import_tasks and import_role (resolved now), and what include_* hand to what they include."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provision.errors import Location, PlaybookError
from provision.located import LocatedDict, LocatedStr, location_of
from provision.playbook.actions import Action
from provision.playbook.arguments import validate
from provision.playbook.context import Loading, Surroundings
from provision.playbook.early_names import known_name
from provision.playbook.expressions import is_template
from provision.playbook.inheritance import as_said, check_keys, inherit, read_settings
from provision.playbook.keywords import keywords_of
from provision.playbook.model import Node, Settings
from provision.playbook.search import find_task_file
from provision.playbook.values import boolean, key_place

_NOT_ON_IMPORTS = (
    "loop_control",
    "register",
    "until",
    "retries",
    "delay",
    "changed_when",
    "failed_when",
    "notify",
    "listen",
    "async",
    "poll",
)


_ON_INCLUDES = frozenset(
    {
        *("args", "collections", "debugger", "ignore_errors", "listen", "loop", "loop_control"),
        *("name", "no_log", "register", "run_once", "tags", "timeout", "vars", "when"),
    }
)
"""Ansible takes no other on include_tasks and include_role."""


def refuse_on_include(kind: str, data: LocatedDict, at: Location) -> None:
    """Raises PlaybookError: a keyword that would have no effect on an include."""
    level = keywords_of("handler")
    for key in data:
        if key in level and key not in (*_ON_INCLUDES, "action"):
            raise PlaybookError(
                f"{kind} cannot have '{key}'",
                at=key_place(data, key, at),
                hint="for the tasks inside put it under apply, one of the include's parameters"
                if key in keywords_of("block")
                else "put it on the tasks inside",
            )


def import_nodes(
    action: Action, args: Any, data: LocatedDict, around: Surroundings, loading: Loading
) -> list[Node]:
    """The nodes that stand in an import's place.

    Parameters:
        around: with the import's own settings, which every imported task inherits.

    Raises:
        PlaybookError: a loop or template where the name must be known, no such file or role.
    """
    kind = action.spec.name
    if kind == "import_playbook":
        raise PlaybookError(
            "import_playbook stands among the plays, not in a play",
            at=action.at,
            hint="use import_tasks or import_role here",
        )
    for key in data:
        if key in _NOT_ON_IMPORTS or key == "loop" or str(key).startswith("with_"):
            raise PlaybookError(
                f"{kind} cannot have '{key}': it is resolved before anything runs",
                at=key_place(data, key, action.at),
                hint=f"use {kind.replace('import', 'include')}",
            )
    args = _with_known_names(kind, args, around, loading, action.at)
    validate(action.spec, args, (), loading.catalog, action.at)
    # Roles hold tasks and tasks import roles: this is where the circle closes.
    from provision.playbook.roles import import_role
    from provision.playbook.tasks import read_task_file

    if kind == "import_role":
        return import_role(args, around, loading, action.at)
    place = location_of(args["file"]) or action.at
    path = find_task_file(
        str(args["file"]), file=around.file, role=around.role, base=loading.base, at=place
    )
    return read_task_file(path, around, loading, place)


def _with_known_names(
    kind: str, args: Any, around: Surroundings, loading: Loading, at: Location
) -> LocatedDict:
    """An import's arguments, rendered with what is known by now."""
    instead = f"use {kind.replace('import', 'include')}, which is resolved when it runs"
    if not isinstance(args, LocatedDict):
        raise PlaybookError(
            f"{kind} needs its arguments at load: args cannot be a template", at=at, hint=instead
        )
    if not any(is_template(value) for value in args.values()):
        return args
    layers: list[Mapping[str, Any]] = [loading.extra_vars, *reversed(around.settings.vars)]
    role = around.role
    layers += [role.params, role.vars] if role else []
    layers += [loading.play_vars, role.defaults if role else {}]
    made = LocatedDict(args)
    made.at, made.key_at = args.at, args.key_at
    for key, value in args.items():
        if is_template(value):
            place = location_of(value) or at
            said = known_name(f"{kind}: '{key}'", value, layers, at, instead)
            made[key] = LocatedStr(said, place)
    return made


def handed_to_included(
    args: Any, own: Settings, outer: Settings, loading: Loading, at: Location
) -> tuple[Settings, Any]:
    """What included tasks inherit, and the include's arguments without ``apply``.

    They inherit the include's surroundings, its ``vars`` and what ``apply`` says; its own
    ``when``, ``tags`` and so on concern the include alone.

    Raises:
        PlaybookError: ``apply`` is a template or says what cannot be handed down.
    """
    handed = inherit(outer, Settings(vars=own.vars))
    if not isinstance(args, LocatedDict) or "apply" not in args:
        return handed, args
    said, place = args["apply"], key_place(args, "apply", at)
    rest = LocatedDict({key: value for key, value in args.items() if key != "apply"})
    rest.at, rest.key_at = args.at, dict(args.key_at)
    if not isinstance(said, LocatedDict):
        raise PlaybookError(
            "apply must be a mapping of keywords",
            at=place,
            hint="its values may be templates, the whole of it may not",
        )
    said = as_said(said, "block")
    check_keys(said, "block", place)
    for key in ("block", "rescue", "always"):
        if key in said:
            raise PlaybookError(f"apply cannot have '{key}'", at=key_place(said, key, place))
    return inherit(handed, read_settings(said, "block", loading.catalog, place)), rest


def flag(args: LocatedDict, key: str, otherwise: bool, at: Location) -> bool:
    """A boolean argument of an import."""
    if key not in args:
        return otherwise
    return bool(boolean(key, args[key], key_place(args, key, at)))

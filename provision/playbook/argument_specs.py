"""A role's meta/argument_specs.yml: which variables it takes, checked before its first task.

Source: https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_reuse_roles.html
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import PurePath
from typing import Any

from provision.errors import Location, PlaybookError, did_you_mean
from provision.located import LocatedDict, location_of
from provision.playbook.context import Loading
from provision.playbook.meta import Meta
from provision.playbook.model import Role, Settings, Task
from provision.playbook.values import key_place

ACTION = "validate_argument_spec"

_TYPES = (
    "str",
    "int",
    "float",
    "bool",
    "list",
    "dict",
    "path",
    "raw",
    "json",
    "jsonarg",
    "bytes",
    "bits",
)
_OPTION_KEYS = (
    "aliases",
    "apply_defaults",
    "choices",
    "default",
    "deprecated_aliases",
    "description",
    "elements",
    "fallback",
    "mutually_exclusive",
    "no_log",
    "options",
    "removed_at_date",
    "removed_in_version",
    "required",
    "required_by",
    "required_if",
    "required_one_of",
    "required_together",
    "type",
    "version_added",
)


def validation_task(
    role: Role, meta: Meta, tasks_from: str, settings: Settings, loading: Loading
) -> Task | None:
    """The task that checks a role's variables, or None where it declares none.

    Its args: ``argument_spec`` (option -> declaration, as written) and
    ``validate_args_context`` (the role's name and path, the entry point).

    Raises:
        PlaybookError: the declaration itself is wrong.
    """
    specs = meta.argument_specs
    if specs is None:
        return None
    at = location_of(specs) or Location(str(role.path / "meta"))
    if not isinstance(specs, dict):
        raise PlaybookError("argument_specs must be a mapping of entry points", at=at)
    entry_point = PurePath(tasks_from).stem
    entry = specs.get(entry_point)
    if entry is None:
        return None
    if not isinstance(entry, dict):
        raise PlaybookError(f"argument_specs: {entry_point} must be a mapping", at=at)
    options = entry.get("options")
    if options is None:
        return None
    _check_options(options, location_of(options) or at)
    short = str(entry.get("short_description") or "").strip()
    return Task(
        at=location_of(entry) or at,
        name=f"Validating arguments against arg spec '{entry_point}'"
        + (f" - {short}" if short else ""),
        action=ACTION,
        args={
            "argument_spec": options,
            "validate_args_context": {
                "type": "role",
                "name": role.name,
                "path": str(role.path),
                "argument_spec_name": entry_point,
            },
        },
        settings=replace(settings, tags=tuple(dict.fromkeys((*settings.tags, "always")))),
        file=role.path / "tasks" / "main.yml",
        role=role,
    )


def _check_options(options: Any, at: Location) -> None:
    if not isinstance(options, LocatedDict):
        raise PlaybookError("options must be a mapping of variables", at=at)
    for name, declared in options.items():
        place = key_place(options, name, at)
        if not isinstance(declared, LocatedDict):
            raise PlaybookError(f"the declaration of '{name}' must be a mapping", at=place)
        for key in declared:
            if key not in _OPTION_KEYS:
                raise PlaybookError(
                    f"'{key}' is not known in the declaration of '{name}'",
                    at=key_place(declared, key, place),
                    hint=did_you_mean(str(key), _OPTION_KEYS),
                )
        for key in ("type", "elements"):
            kind = declared.get(key, "str")
            if kind not in _TYPES:
                raise PlaybookError(
                    f"{name}: there is no type '{kind}'",
                    at=key_place(declared, key, place),
                    hint=did_you_mean(str(kind), _TYPES) or f"types: {', '.join(_TYPES)}",
                )
        if declared.get("options") is not None:
            _check_options(declared["options"], key_place(declared, "options", place))

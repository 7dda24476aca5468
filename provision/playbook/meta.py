"""A role's meta/main.yml: what it depends on."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, NamedTuple

from provision.errors import Location, PlaybookError, did_you_mean
from provision.located import LocatedDict, location_of
from provision.playbook.context import Loading
from provision.playbook.early_names import known_name
from provision.playbook.expressions import check_templates
from provision.playbook.inheritance import as_said, read_keyword, read_settings
from provision.playbook.keywords import keywords_of
from provision.playbook.model import Settings
from provision.playbook.search import find_in_role
from provision.playbook.values import boolean, is_variable_name, key_place, texts

_META_KEYS = (
    "allow_duplicates",
    "argument_specs",
    "collections",
    "dependencies",
    "galaxy_info",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency:
    """An entry of ``roles:`` or ``dependencies:``: a role and what is said about it."""

    name: str
    at: Location
    settings: Settings = field(default_factory=Settings)
    vars: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)


class Meta(NamedTuple):
    """Parameters:
    argument_specs: entry point -> its declaration, as written.
    collections: where short names are looked up first.
    """

    collections: tuple[str, ...] = ()
    dependencies: tuple[Dependency, ...] = ()
    allow_duplicates: bool = False
    argument_specs: Any = None


def read_meta(role: Path, loading: Loading) -> Meta:
    """What a role's meta files say; an entry at fault is complained about and left out.

    Raises:
        PlaybookError: a file is not a mapping, or has an unknown key.
    """
    specs = _argument_specs(role, loading)
    path = find_in_role(role, "meta", "main")
    data = loading.yaml(path) if path and path.is_file() else None
    if data is None:
        return Meta(argument_specs=specs)
    at = location_of(data) or Location(str(path))
    if not isinstance(data, LocatedDict):
        raise PlaybookError("a role's meta must be a mapping", at=at)
    for key in data:
        if key not in _META_KEYS:
            raise PlaybookError(
                f"'{key}' is not known in a role's meta",
                at=key_place(data, key, at),
                hint=did_you_mean(str(key), _META_KEYS) or f"known: {', '.join(_META_KEYS)}",
            )
    needed = data.get("dependencies") or []
    if not isinstance(needed, list):
        raise PlaybookError(
            "dependencies must be a list of roles", at=key_place(data, "dependencies", at)
        )
    dependencies = []
    for entry in needed:
        with loading.complaints.collecting():
            dependencies.append(read_entry(entry, loading, location_of(entry) or at))
    duplicates = boolean(
        "allow_duplicates",
        data.get("allow_duplicates", False),
        key_place(data, "allow_duplicates", at),
    )
    named = data.get("collections") or []
    return Meta(
        collections=tuple(texts("collections", named, key_place(data, "collections", at))),
        dependencies=tuple(dependencies),
        allow_duplicates=duplicates is True,
        argument_specs=specs if specs is not None else data.get("argument_specs"),
    )


def _argument_specs(role: Path, loading: Loading) -> Any:
    path = find_in_role(role, "meta", "argument_specs")
    if path is None or not path.is_file():
        return None
    data = loading.yaml(path)
    if not isinstance(data, dict) or "argument_specs" not in data:
        raise PlaybookError(
            "this file must be a mapping with the key argument_specs",
            at=location_of(data) or Location(str(path)),
        )
    return data["argument_specs"]


def read_entry(entry: Any, loading: Loading, at: Location) -> Dependency:
    """An entry of ``roles:`` or ``dependencies:``: a name or a mapping.

    Raises:
        PlaybookError: it names no role, by a template, or a keyword has the wrong shape.
    """
    if isinstance(entry, str) and entry.strip():
        return Dependency(name=_role_name(entry, loading, at), at=at)
    if not isinstance(entry, LocatedDict):
        raise PlaybookError("a role must be a name or a mapping with 'role'", at=at)
    written = [key for key in ("role", "name") if isinstance(entry.get(key), str)]
    if not written:
        hint = "roles are installed by hand" if "src" in entry else "write - role: NAME"
        raise PlaybookError("this entry names no role", at=at, hint=hint)
    entry = as_said(entry, "role")
    known = keywords_of("role")
    params: dict[str, Any] = {}
    for key, value in entry.items():
        if key == "role":
            continue
        place = key_place(entry, key, at)
        if key in known:
            read_keyword(key, entry, "role", at)
        elif is_variable_name(key):
            check_templates(key, value, place)
            params[key] = value
        else:
            raise PlaybookError(f"'{key}' cannot be a variable's name", at=place)
    settings = read_settings(entry, "role", loading.catalog, at)
    own_vars = settings.vars[0] if settings.vars else {}
    return Dependency(
        name=_role_name(entry[written[0]], loading, at),
        at=location_of(entry[written[0]]) or at,
        settings=_without_vars(settings),
        vars=own_vars,
        params=params,
    )


def _role_name(name: str, loading: Loading, at: Location) -> str:
    instead = "use include_role in tasks, which is resolved when it runs"
    layers = (loading.extra_vars, loading.play_vars)
    return known_name("the role's name", name, layers, at, instead)


def _without_vars(settings: Settings) -> Settings:
    return replace(settings, vars=())

"""What plays, roles, blocks and tasks hand down, merged as it is handed down."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from provision.errors import Location, PlaybookError, did_you_mean
from provision.located import LocatedDict, location_of
from provision.playbook.catalog import Catalog
from provision.playbook.expressions import check_condition, check_templates, is_template
from provision.playbook.keywords import Level, instead_of, keywords_of
from provision.playbook.model import Settings
from provision.playbook.values import key_place

_STACKED = frozenset({"vars", "when", "environment", "module_defaults"})
_GROUP = "group/"
_FIELDS = tuple(field.name for field in fields(Settings))


def inherit(outer: Settings, inner: Settings) -> Settings:
    """``inner`` inside ``outer``: stacks grow outermost first, tags unite, the rest is inner's
    where it says something."""
    merged: dict[str, Any] = {}
    for name in _FIELDS:
        above, own = getattr(outer, name), getattr(inner, name)
        if name in _STACKED:
            merged[name] = above + own
        elif name == "tags":
            merged[name] = tuple(dict.fromkeys(above + own))
        else:
            merged[name] = above if own is None else own
    return Settings(**merged)


def as_said(data: LocatedDict, level: Level) -> LocatedDict:
    """The same without keywords that have nothing after them: as in Ansible they say nothing."""
    if None not in data.values():
        return data
    known = keywords_of(level)
    silent = {
        key
        for key, value in data.items()
        if value is None and key in known and not known[key].needs_value
    }
    kept = LocatedDict({key: value for key, value in data.items() if key not in silent})
    kept.at, kept.key_at = data.at, data.key_at
    return kept


def read_keyword(name: str, data: LocatedDict, level: Level, at: Location) -> Any:
    """The normalised value of a keyword that is there.

    Raises:
        PlaybookError: not supported, of the wrong shape, or a template with a syntax error.
    """
    keyword = keywords_of(level)[name]
    place = key_place(data, name, at)
    if keyword.instead is not None:
        raise PlaybookError(f"'{name}' is not supported", at=place, hint=keyword.instead)
    value = data[name]
    return keyword.read(name, value, location_of(value) or place)


def read_settings(data: LocatedDict, level: Level, catalog: Catalog, at: Location) -> Settings:
    """The settings that one mapping says itself.

    Raises:
        PlaybookError: a value of the wrong shape, a syntax error in a template.
    """
    known = keywords_of(level)
    said: dict[str, Any] = {}
    for key in data:
        keyword = known.get(key) if isinstance(key, str) else None
        if keyword is None or not keyword.setting:
            continue
        place = key_place(data, key, at)
        value = read_keyword(key, data, level, at)
        if key == "when":
            for condition in value:
                check_condition("when", condition, place)
        else:
            check_templates(key, value, place)
        if key == "vars":
            value = (value,) if value else ()
        elif key == "collections":
            value = tuple(value)
        elif key == "module_defaults":
            value = tuple(_by_short_name(entry, catalog, place) for entry in value)
        said[key] = value
    return Settings(**said)


def _by_short_name(entry: LocatedDict, catalog: Catalog, at: Location) -> LocatedDict:
    """module_defaults with modules named as ``Task.action`` names them."""
    made = LocatedDict()
    made.at = entry.at
    for key, value in entry.items():
        place = key_place(entry, key, at)
        name = _known(str(key), catalog, place)
        if not (value is None or isinstance(value, dict) or is_template(value)):
            raise PlaybookError(f"module_defaults: {key} must be a mapping", at=place)
        made[name] = value or {}
        made.key_at[name] = place
    return made


def _known(key: str, catalog: Catalog, at: Location) -> str:
    """A key of module_defaults. Raises PlaybookError: it is neither module nor group."""
    if key.startswith(_GROUP):
        if catalog.group(key.removeprefix(_GROUP)) is None:
            raise PlaybookError(
                f"module_defaults: there is no group '{key}' here",
                at=at,
                hint="name each module, or install the collection that the group is of",
            )
        return key
    spec = catalog.find(key)
    if spec is None:
        hint = did_you_mean(key, catalog.names())
        raise PlaybookError(f"module_defaults: there is no module '{key}'", at=at, hint=hint)
    return spec.name


def defaults_for(action: str, settings: Settings, catalog: Catalog) -> list[Any]:
    """What ``module_defaults`` say for a module, mappings or templates of such; later ones win.

    The innermost that names the module replaces others; those of its groups come first.
    """
    if not settings.module_defaults:
        return []
    said: dict[str, Any] = {}
    for entry in settings.module_defaults:
        said.update(entry)
    found = [
        defaults
        for name, defaults in said.items()
        if name.startswith(_GROUP) and action in (catalog.group(name.removeprefix(_GROUP)) or ())
    ]
    return [*found, said[action]] if action in said else found


def unknown_keys(data: LocatedDict, level: Level, at: Location) -> list[PlaybookError]:
    """A complaint for each key that is no keyword here, naming the nearest one."""
    known = keywords_of(level)
    return [
        PlaybookError(
            f"'{key}' is not a keyword of a {level}",
            at=key_place(data, key, at),
            hint=instead_of(str(key), level),
        )
        for key in data
        if key not in known
    ]


def check_keys(data: LocatedDict, level: Level, at: Location) -> None:
    """Refuse keys that are no keywords here.

    Raises:
        PlaybookError: at the first such key.
    """
    for error in unknown_keys(data, level, at):
        raise error

"""Which module a task names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from provision.agent.spec import Spec
from provision.errors import Location, PlaybookError, nearest
from provision.located import LocatedDict, LocatedStr, location_of
from provision.playbook.arguments import located_copy, read_arguments
from provision.playbook.catalog import Catalog
from provision.playbook.expressions import is_template
from provision.playbook.foreign import ForeignSpec
from provision.playbook.keywords import Level, instead_of, keywords_of
from provision.playbook.model import Settings
from provision.playbook.values import key_place

_REMOVED = {
    "include": "use include_tasks, or import_tasks for a file known at load",
}


class Action(NamedTuple):
    """Parameters: local: it came from ``local_action``."""

    spec: Spec
    args: Any
    at: Location
    local: bool = False


def find_action(
    data: LocatedDict,
    catalog: Catalog,
    level: Level,
    at: Location,
    collections: Sequence[str] = (),
) -> Action:
    """The one module of a task.

    Parameters:
        collections: where a short name is looked up first.

    Raises:
        PlaybookError: no module, two, an unknown one, one that cannot run here or an unknown
            keyword.
    """
    known = keywords_of(level)
    modules = [
        key
        for key in data
        if isinstance(key, str)
        and key not in known
        and not key.startswith("with_")
        and catalog.find(key, collections)
    ]
    explicit = [key for key in ("action", "local_action") if key in data]
    unknown = [
        key
        for key in data
        if key not in modules
        and key not in known
        and not (isinstance(key, str) and key.startswith("with_"))
    ]
    named = [*modules, *explicit]
    if len(named) > 1:
        first, second = sorted(named[:2], key=list(data).index)
        raise PlaybookError(
            f"this task names two modules: '{first}' and '{second}'",
            at=key_place(data, second, at),
            hint="make two tasks of it: each begins with '- '",
        )
    if unknown:
        spec = catalog.find(modules[0]) if modules else None
        raise _unknown(unknown[0], data, catalog, level, spec, at)
    if not named:
        raise PlaybookError("this task names no module", at=at)
    place = key_place(data, named[0], at)
    if explicit:
        return _explicit(explicit[0], data[explicit[0]], catalog, place, collections)
    spec = catalog.find(named[0], collections)
    assert spec is not None
    return Action(spec, read_arguments(spec, data[named[0]], place, catalog), place)


def refuse_foreign(action: Action, settings: Settings) -> None:
    """Refuse a module that exists and cannot run here. A task with a condition may be meant for
    other systems: it fails if it is reached.

    Raises:
        PlaybookError
    """
    spec = action.spec
    if isinstance(spec, ForeignSpec) and spec.refusal and not settings.when:
        raise PlaybookError(spec.refusal, at=action.at, hint=spec.hint)


def _unknown(
    key: Any, data: LocatedDict, catalog: Catalog, level: Level, spec: Spec | None, at: Location
) -> PlaybookError:
    place = key_place(data, key, at)
    word = str(key)
    if word in _REMOVED:
        return PlaybookError(f"'{word}' is not supported", at=place, hint=_REMOVED[word])
    if spec is None:
        return unknown_module(word, catalog, place, extra=tuple(keywords_of(level)))
    hint = instead_of(word, level)
    params = {name for param in spec.params for name in (param.name, *param.aliases)}
    if word in params:
        hint = f"it is a parameter of {spec.name}: indent it below '{spec.name}:'"
    elif word in keywords_of("play"):
        hint = f"'{word}' stands on a play"
    elif word in keywords_of("block"):
        hint = "a block has no module of its own; put the module in a task inside it"
    return PlaybookError(f"'{word}' is not a keyword of a {level}", at=place, hint=hint)


def unknown_module(
    word: str, catalog: Catalog, at: Location, extra: tuple[str, ...] = ()
) -> PlaybookError:
    """The complaint about a name that is no module (and none of ``extra``)."""
    found = catalog.suggest(word)
    if found is None or nearest(word, (found, *extra)) != found:
        found = nearest(word, extra) or found
    hint = f"did you mean '{found}'?" if found else "`provision doc` lists the modules there are"
    what = "module or keyword" if extra else "module"
    return PlaybookError(f"there is no {what} '{word}'", at=at, hint=hint)


def _explicit(
    key: str, value: Any, catalog: Catalog, at: Location, collections: Sequence[str]
) -> Action:
    """``action: copy src=a dest=b`` or ``action: {module: copy, src: a}``."""
    name: Any
    rest: Any
    if isinstance(value, str):
        name, _, text = value.strip().partition(" ")
        rest = LocatedStr(text.strip(), location_of(value) or at) or None
    elif isinstance(value, dict):
        name = value.get("module")
        rest = located_copy(value, at)
        rest.pop("module", None)
    else:
        name, rest = None, None
    if not isinstance(name, str) or not name:
        raise PlaybookError(
            f"{key} names no module", at=at, hint=f"write {key}: MODULE key=value ..."
        )
    if is_template(name) or "{{" in name:
        raise PlaybookError(
            f"{key}: the module's name cannot be a template",
            at=at,
            hint="write one task for each module, with `when`",
        )
    spec = catalog.find(name, collections)
    if spec is None:
        raise unknown_module(name, catalog, at)
    args = read_arguments(spec, rest, at, catalog)
    return Action(spec, args, at, local=key == "local_action")

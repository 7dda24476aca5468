"""Plays, and the playbooks that import_playbook puts among them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from provision.errors import Location, PlaybookError
from provision.located import LocatedDict, location_of
from provision.playbook import values
from provision.playbook.arguments import located_copy, read_arguments
from provision.playbook.context import Loading, Surroundings
from provision.playbook.early_names import known_name
from provision.playbook.expressions import check_templates, is_template
from provision.playbook.inheritance import (
    as_said,
    check_keys,
    inherit,
    read_keyword,
    read_settings,
    unknown_keys,
)
from provision.playbook.keywords import keywords_of
from provision.playbook.meta import read_entry
from provision.playbook.model import Node, Play, Settings
from provision.playbook.roles import RoleUse, place, read_role
from provision.playbook.search import find_vars_file, no_vars_file
from provision.playbook.tasks import read_nodes
from provision.playbook.values import key_place
from provision.transport.target import BECOME_METHODS, CONNECTIONS, SSH

_IMPORT_KEYS = ("name", "tags", "vars", "when")
# Sections and what is read apart; every other play keyword is a field of Play by its name.
_APART = frozenset(
    {"collections", "handlers", "name", "post_tasks", "pre_tasks", "roles", "tasks", "vars"}
)


def read_playbook(
    path: Path, loading: Loading, handed: Settings, importing: tuple[Path, ...] = ()
) -> list[Play]:
    """The plays of a file, in order. Complaints are collected, one for each play and task.

    Parameters:
        handed: what import_playbook hands to every play.

    Raises:
        PlaybookError: the file cannot be read, or is no list of plays.
    """
    data = loading.yaml(path)
    at = location_of(data) or Location(str(path))
    if not isinstance(data, list) or not data:
        hint = "each play begins with '- '" if isinstance(data, dict) else None
        raise PlaybookError("a playbook must be a list of plays", at=at, hint=hint)
    plays: list[Play] = []
    for entry in data:
        with loading.complaints.collecting():
            place = location_of(entry) or at
            if not isinstance(entry, LocatedDict):
                raise PlaybookError("a play must be a mapping", at=place)
            imported = _import_key(entry, loading)
            if imported:
                chain = (*importing, path.resolve())
                plays += _import(entry, imported, path, loading, handed, chain, place)
            else:
                plays.append(_read_play(entry, path, loading.for_play(), handed, place))
    return plays


def check_vars_files(play: Play, loading: Loading) -> None:
    """Complain of files that are not there, as far as their names are known."""
    folder = play.file.parent
    for entry in play.vars_files:
        names = entry if isinstance(entry, list) else [entry]
        found = (is_template(name) or find_vars_file(str(name), folder) for name in names)
        if names and not any(found):
            tried = [str(name) for name in names]
            place = location_of(names[0]) or play.at
            loading.complaints.add(no_vars_file(tried, folder, place))


def _import_key(entry: LocatedDict, loading: Loading) -> str | None:
    for key in entry:
        spec = loading.catalog.find(key) if isinstance(key, str) else None
        if spec is not None and spec.name == "import_playbook":
            return str(key)
    return None


def _import(
    entry: LocatedDict,
    imported: str,
    path: Path,
    loading: Loading,
    handed: Settings,
    chain: tuple[Path, ...],
    at: Location,
) -> list[Play]:
    for key in entry:
        if key != imported and key not in _IMPORT_KEYS:
            raise PlaybookError(
                f"import_playbook cannot have '{key}'",
                at=key_place(entry, key, at),
                hint=f"it takes: {', '.join(_IMPORT_KEYS)}",
            )
    spec = loading.catalog.find("import_playbook")
    assert spec is not None
    place = key_place(entry, imported, at)
    name = read_arguments(spec, entry[imported], place, loading.catalog).get("file")
    if not name:
        raise PlaybookError("import_playbook names no file", at=place)
    entry = as_said(entry, "role")
    own = entry.get("vars")
    layers = (loading.extra_vars, *reversed(handed.vars), own if isinstance(own, dict) else {})
    instead = "import all of them, each with `when`"
    target = path.parent / known_name("the playbook's name", name, layers, place, instead)
    if target.resolve() in chain:
        names = " -> ".join(part.name for part in (*chain, target))
        raise PlaybookError(f"this playbook imports itself: {names}", at=place)
    if not target.is_file():
        raise PlaybookError(f"there is no playbook '{target}'", at=place)
    said = read_settings(entry, "role", loading.catalog, at)
    inner = replace(loading, base=target.parent)
    return read_playbook(target, inner, inherit(handed, said), chain)


def _read_play(
    data: LocatedDict, path: Path, loading: Loading, handed: Settings, at: Location
) -> Play:
    if "hosts" not in data:
        if any(isinstance(key, str) and loading.catalog.find(key) for key in data):
            raise PlaybookError(
                "this is a task where a play should be",
                at=at,
                hint="put it in a play, under tasks:",
            )
        check_keys(data, "play", at)
        raise PlaybookError("this play has no hosts", at=at)
    data = as_said(_with_remote_user(data), "play")
    for error in unknown_keys(data, "play", at):
        loading.complaints.add(error)
    fields = _fields(data, loading, at)
    settings = Settings()
    with loading.complaints.collecting():
        said = read_settings(data, "play", loading.catalog, at)
        settings = inherit(handed, said)
        _check_reach(said, data, at)
    # A playbook's import may hand variables down: they are the play's own, and win.
    play_vars: dict[str, Any] = {}
    for layer in (*settings.vars[len(handed.vars) :], *handed.vars):
        play_vars.update(layer)
    settings = replace(settings, vars=())
    loading.play_vars = play_vars
    around = Surroundings(file=path, settings=settings)

    def section(key: str, handlers: bool = False) -> list[Node]:
        nodes = data.get(key)
        if not isinstance(nodes, list):  # complained about among the play's keywords
            return []
        inside = around._replace(handlers=handlers)
        return read_nodes(nodes, inside, loading, location_of(nodes) or at)

    handlers = section("handlers", handlers=True)
    pre_tasks = section("pre_tasks")
    imported_before, loading.handlers = loading.handlers, []
    role_nodes = _read_roles(data, settings, loading, at)
    role_handlers, loading.handlers = loading.handlers, imported_before
    sections = (pre_tasks, role_nodes, section("tasks"), section("post_tasks"))
    hosts = fields.pop("hosts", "")
    return Play(
        at=at,
        file=path,
        name=_name(data, hosts, at),
        hosts=hosts,
        settings=settings,
        sections=sections,
        handlers=(*role_handlers, *handlers, *loading.handlers),
        roles=tuple(loading.roles),
        placed=tuple(loading.done),
        vars=play_vars,
        **fields,
    )


def _check_reach(said: Settings, data: LocatedDict, at: Location) -> None:
    """Raises PlaybookError: a play's connection or become_method that there is not here."""
    for key, known in (
        ("connection", (*CONNECTIONS, *SSH)),
        ("become_method", BECOME_METHODS),
    ):
        value = getattr(said, key)
        if value and not is_template(value):
            values.choice(key, value.rpartition(".")[2], key_place(data, key, at), known)


def _with_remote_user(data: LocatedDict) -> LocatedDict:
    """``user`` is how plays said ``remote_user`` once, and still may."""
    if "user" not in data or "remote_user" in data:
        return data
    made = located_copy(data, data.at or Location(""))
    made["remote_user"] = made.pop("user")
    made.key_at["remote_user"] = made.key_at.pop("user")
    return made


def _name(data: LocatedDict, hosts: Any, at: Location) -> str:
    if data.get("name") is not None:
        return str(read_keyword("name", data, "play", at))
    return ",".join(hosts) if isinstance(hosts, list) else str(hosts)


def _fields(data: LocatedDict, loading: Loading, at: Location) -> dict[str, Any]:
    """The keywords that concern the play alone, as fields of Play."""
    fields: dict[str, Any] = {}
    known = keywords_of("play")
    for key in data:
        keyword = known.get(key) if isinstance(key, str) else None
        if keyword is None or keyword.setting:
            continue
        with loading.complaints.collecting():
            value = read_keyword(key, data, "play", at)
            if key not in _APART:
                check_templates(key, value, key_place(data, key, at))
                fields[key] = value
    return fields


def _read_roles(
    data: LocatedDict, settings: Settings, loading: Loading, at: Location
) -> list[Node]:
    nodes: list[Node] = []
    entries = data.get("roles")
    for entry in entries if isinstance(entries, list) else ():
        with loading.complaints.collecting():
            said = read_entry(entry, loading, location_of(entry) or at)
            use = RoleUse(
                name=said.name,
                at=said.at,
                settings=inherit(settings, said.settings),
                vars=said.vars,
                params=said.params,
            )
            nodes += place(read_role(use, loading), loading)
    return nodes

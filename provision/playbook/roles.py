"""Roles: their files, their dependencies, and the tasks they put into a play."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from provision.errors import Location, PlaybookError
from provision.located import LocatedDict, location_of
from provision.playbook.argument_specs import validation_task
from provision.playbook.context import Loading, Surroundings
from provision.playbook.imports import flag
from provision.playbook.inheritance import inherit
from provision.playbook.meta import Dependency, Meta, read_meta
from provision.playbook.model import Node, Role, Settings
from provision.playbook.role_vars import read_role_vars
from provision.playbook.search import find_in_role, find_role
from provision.playbook.tasks import read_task_file


@dataclass(slots=True, kw_only=True, eq=False)
class LoadedRole:
    """A role, read.

    Parameters:
        nodes: its own tasks, after those of its dependencies.
        handlers: its own handlers.
        dependencies: run before it, in order; each with its own dependencies.
        allow_duplicates: its meta allows it to run twice in a play.
        key: equal for two uses that are the same: same role, variables, conditions and tags.
    """

    role: Role
    nodes: list[Node]
    handlers: list[Node]
    dependencies: tuple[LoadedRole, ...] = ()
    allow_duplicates: bool = False
    key: Any = None

    def in_order(self) -> list[LoadedRole]:
        """Dependencies first, itself last."""
        return [
            *(inner for needed in self.dependencies for inner in needed.in_order()),
            self,
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleUse:
    """How a role is asked for.

    Parameters:
        settings: all that is handed down to its tasks.
        vars: what the entry in ``roles:`` or ``dependencies:`` says under ``vars``; these rank
            just above the role's own vars.
        params: the other keys of the entry, which beat nearly everything.
        validate: check the argument specs.
    """

    name: str
    at: Location
    settings: Settings = field(default_factory=Settings)
    vars: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    parents: tuple[Role, ...] = ()
    includers: tuple[Role, ...] = ()
    tasks_from: str = "main"
    vars_from: str = "main"
    defaults_from: str = "main"
    handlers_from: str = "main"
    validate: bool = True


def _name(said: str, path: Path) -> str:
    """What ``role_name`` is: as the playbook says, but of an absolute path its end."""
    return path.name if Path(said).is_absolute() else said


def read_role(use: RoleUse, loading: Loading) -> LoadedRole:
    """A role with its dependencies.

    Raises:
        PlaybookError: no such role or file of it, roles that need each other.
    """
    path, collection = find_role(
        use.name,
        base=loading.base,
        roles_path=loading.roles_path,
        parents=use.parents,
        at=use.at,
        installed=loading.catalog.foreign.collections,
        collections=use.settings.collections or (),
    )
    loading.catalog.foreign.add(path)
    # A role may use another task file of its own, and include itself when it runs.
    step = (path, use.tasks_from)
    if step in loading.reading:
        chain = " -> ".join(folder.name for folder, _ in (*loading.reading, step))
        raise PlaybookError(f"these roles need each other: {chain}", at=use.at)
    loading.reading.append(step)
    try:
        return _read(path, collection, use, loading)
    finally:
        loading.reading.pop()


def _read(path: Path, collection: str | None, use: RoleUse, loading: Loading) -> LoadedRole:
    role = Role(
        name=f"{collection}.{path.name}" if collection else _name(use.name, path),
        path=path,
        at=use.at,
        defaults=read_role_vars(path, "defaults", use.defaults_from, loading, use.at),
        vars=read_role_vars(path, "vars", use.vars_from, loading, use.at),
        entry_vars=dict(use.vars),
        params=dict(use.params),
        parents=use.parents,
        includers=use.includers,
    )
    meta = Meta()
    with loading.complaints.collecting():
        meta = read_meta(path, loading)
    # A role does not inherit the play's collections.
    own = (*((collection,) if collection else ()), *meta.collections)
    use = replace(use, settings=replace(use.settings, collections=own))
    nodes = _nodes(role, "tasks", use.tasks_from, use, loading)
    if use.validate:
        with loading.complaints.collecting():
            checking = validation_task(role, meta, use.tasks_from, use.settings, loading)
            nodes = [checking, *nodes] if checking else nodes
    dependencies = _dependencies(role, meta.dependencies, use, loading)
    role.needs = tuple(inner.role for each in dependencies for inner in each.in_order())
    return LoadedRole(
        role=role,
        nodes=nodes,
        handlers=_nodes(role, "handlers", use.handlers_from, use, loading),
        dependencies=dependencies,
        allow_duplicates=meta.allow_duplicates,
        key=(
            path.resolve(),
            use.params,
            use.vars,
            use.settings.when,
            use.settings.tags,
            use.tasks_from,
            use.vars_from,
            use.defaults_from,
        ),
    )


def _nodes(role: Role, folder: str, stem: str, use: RoleUse, loading: Loading) -> list[Node]:
    path = find_in_role(role.path, folder, stem)
    if path is None or path.is_dir():
        if stem == "main":
            return []
        raise PlaybookError(
            f"role '{role.name}' has no {folder} file '{stem}'",
            at=use.at,
            hint=f"looked in {role.path / folder}",
        )
    around = Surroundings(
        file=path, settings=use.settings, role=role, handlers=folder == "handlers"
    )
    return read_task_file(path, around, loading, use.at)


def _dependencies(
    role: Role, needed: Sequence[Dependency], use: RoleUse, loading: Loading
) -> tuple[LoadedRole, ...]:
    found = []
    for entry in needed:
        with loading.complaints.collecting():
            inner = RoleUse(
                name=entry.name,
                at=entry.at,
                settings=inherit(use.settings, entry.settings),
                vars=entry.vars,
                params=entry.params,
                parents=(*use.parents, role),
                includers=use.includers,
            )
            found.append(read_role(inner, loading))
    return tuple(found)


def place(loaded: LoadedRole, loading: Loading, *, again: bool = False) -> list[Node]:
    """A role's nodes in a play, dependencies first; roles that already stand there are left out.

    Parameters:
        again: place the role itself even if it stands there (import_role); not what it needs.
    """
    nodes: list[Node] = []
    for inner in loaded.in_order():
        repeatable = inner.allow_duplicates or (again and inner is loaded)
        if not repeatable and inner.key in loading.done:
            continue
        if not (again and inner is loaded):
            loading.done.append(inner.key)
        loading.roles.append(inner.role)
        loading.handlers += inner.handlers
        nodes += inner.nodes
    return nodes


def import_role(
    args: LocatedDict, around: Surroundings, loading: Loading, at: Location
) -> list[Node]:
    """The nodes in place of an import_role task."""
    name = args.get("name", args.get("role"))

    def stem(key: str) -> str:
        return str(args.get(key) or "main")

    use = RoleUse(
        name=str(name),
        at=location_of(name) or at,
        settings=around.settings,
        parents=(*around.role.parents, around.role) if around.role else (),
        includers=(*around.role.includers, around.role) if around.role else (),
        tasks_from=stem("tasks_from"),
        vars_from=stem("vars_from"),
        defaults_from=stem("defaults_from"),
        handlers_from=stem("handlers_from"),
        validate=flag(args, "rolespec_validate", True, at),
    )
    loaded = read_role(use, loading)
    return place(loaded, loading, again=flag(args, "allow_duplicates", True, at))

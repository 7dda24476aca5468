"""The way in: playbooks, task files and roles, from YAML to typed objects.

Whatever is wrong in the files comes back as one PlaybookError, with every other complaint of
the same pass in its ``others`` (see ``complaints``); nothing else is raised.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from provision.errors import DataError, Location, PlaybookError
from provision.located import load_yaml
from provision.playbook.catalog import Catalog
from provision.playbook.complaints import Complaints
from provision.playbook.context import Loading, ReadYaml, Surroundings
from provision.playbook.model import Node, Play, Playbook, Role, Settings
from provision.playbook.plays import check_vars_files, read_playbook
from provision.playbook.roles import LoadedRole, RoleUse, read_role
from provision.playbook.tasks import read_task_file


class TaskList(list[Node]):
    """The nodes of a task file, and what its import_role tasks bring along.

    Attributes:
        handlers: of the imported roles.
        roles: the imported roles and their dependencies.
    """

    handlers: Sequence[Node] = ()
    roles: Sequence[Role] = ()


def load_playbook(
    path: Path,
    catalog: Catalog,
    *,
    roles_path: Sequence[Path] = (),
    read: ReadYaml = load_yaml,
    complaints: Complaints | None = None,
    extra_vars: Mapping[str, Any] | None = None,
    first: bool = True,
) -> Playbook:
    """A playbook with all it imports.

    Parameters:
        catalog: the modules and actions there are.
        roles_path: folders of roles, after the playbook's own ``roles``.
        read: reads a YAML file; give one that decrypts where vault passwords are known.
        complaints: gets what is wrong; what could be read is then returned all the same.
        extra_vars: those of the command line; names of roles and imports may be made of them.
        first: nothing runs before it that could make the ``vars_files`` of its first play.

    Raises:
        PlaybookError: with all complaints of the pass.
    """
    noted = complaints or Complaints()
    loading = Loading(catalog, path.parent, roles_path, read, noted, extra_vars or {})
    plays: list[Play] = []
    with _whole(loading, path, raising=complaints is None):
        plays = read_playbook(path, loading, Settings())
        for play in plays[:1] if first else ():
            check_vars_files(play, loading)
    return Playbook(path=path, plays=tuple(plays))


def load_tasks(
    path: Path,
    catalog: Catalog,
    *,
    settings: Settings,
    role: Role | None,
    handlers: bool = False,
    base: Path | None = None,
    roles_path: Sequence[Path] = (),
    read: ReadYaml = load_yaml,
    complaints: Complaints | None = None,
    known: Mapping[str, Any] | None = None,
) -> TaskList:
    """A task file, for include_tasks (``search.find_task_file`` finds it).

    Parameters:
        settings: what is handed down: the include's ``Task.apply``.
        role: the role that the including task belongs to.
        handlers: the file's tasks are handlers.
        base: the playbook's folder; the file's own if not given.
        complaints: as for ``load_playbook``.
        known: variables that names of roles and imports may be made of.

    Raises:
        PlaybookError: with all complaints of the pass.
    """
    folder = base or path.parent
    noted = complaints or Complaints()
    loading = Loading(catalog, folder, roles_path, read, noted, known or {})
    around = Surroundings(file=path, settings=settings, role=role, handlers=handlers)
    nodes = TaskList()
    with _whole(loading, path, raising=complaints is None):
        nodes = TaskList(read_task_file(path, around, loading, None))
    nodes.handlers, nodes.roles = tuple(loading.handlers), tuple(loading.roles)
    return nodes


def load_role(
    name: str,
    catalog: Catalog,
    *,
    at: Location,
    settings: Settings,
    base: Path,
    tasks_from: str = "main",
    vars_from: str = "main",
    defaults_from: str = "main",
    handlers_from: str = "main",
    params: dict[str, Any] | None = None,
    within: Role | None = None,
    roles_path: Sequence[Path] = (),
    validate: bool = True,
    read: ReadYaml = load_yaml,
    known: Mapping[str, Any] | None = None,
) -> LoadedRole:
    """A role with its dependencies, for include_role.

    Parameters:
        at: where the role is asked for.
        settings: what is handed down: the include's ``Task.apply``.
        base: the playbook's folder.
        params: variables given with the role.
        within: the role that includes it.
        validate: check variables against the role's argument specs.
        known: as for ``load_tasks``.

    Raises:
        PlaybookError: with all complaints of the pass.
    """
    loading = Loading(catalog, base, roles_path, read, extra_vars=known or {})
    use = RoleUse(
        name=name,
        at=at,
        settings=settings,
        params=params or {},
        parents=(*within.parents, within) if within else (),
        includers=(*within.includers, within) if within else (),
        tasks_from=tasks_from,
        vars_from=vars_from,
        defaults_from=defaults_from,
        handlers_from=handlers_from,
        validate=validate,
    )
    with _whole(loading, base):
        loaded = read_role(use, loading)
        # What import_role tasks inside brought along belongs to the same inclusion.
        loaded.handlers[:0] = loading.handlers
    return loaded


@contextmanager
def _whole(loading: Loading, path: Path, *, raising: bool = True) -> Iterator[None]:
    """One pass: what goes wrong is told together with what was noted before."""
    try:
        yield
    except RecursionError:
        loading.complaints.add(PlaybookError("this nests too deeply", at=Location(str(path))))
    except DataError as error:
        loading.complaints.add(error)
    if raising:
        loading.complaints.raise_if_any()


__all__ = ["LoadedRole", "TaskList", "load_playbook", "load_role", "load_tasks"]

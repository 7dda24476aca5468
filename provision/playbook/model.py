"""A playbook as typed objects. Every one knows its place; nothing here is rendered yet.

Inheritance is resolved at load: a task's ``settings`` are what play, role and blocks around it
hand down, merged with its own, so the engine never looks upwards. Values may be templates.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from provision.errors import Location

_ids = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What plays, roles, blocks and tasks share, and hand down.

    None means "not said". ``vars`` holds one entry for each level that says something, outermost
    first. ``when``, ``environment`` and ``module_defaults`` hold all entries, outermost first;
    ``module_defaults`` name modules by their short names. ``tags`` is the union.
    """

    vars: tuple[dict[str, Any], ...] = ()
    when: tuple[Any, ...] = ()
    tags: tuple[str, ...] = ()
    environment: tuple[Any, ...] = ()
    module_defaults: tuple[Any, ...] = ()
    become: Any = None
    become_user: Any = None
    become_method: Any = None
    become_exe: Any = None
    become_flags: Any = None
    connection: Any = None
    remote_user: Any = None
    port: Any = None
    no_log: Any = None
    ignore_errors: Any = None
    ignore_unreachable: Any = None
    any_errors_fatal: Any = None
    run_once: Any = None
    check_mode: Any = None
    diff: Any = None
    throttle: Any = None
    timeout: Any = None
    collections: tuple[str, ...] | None = None
    notify: Sequence[Any] | None = None
    delegate_to: Any = None
    delegate_facts: Any = None


class Loop(NamedTuple):
    """``loop:`` or ``with_X:`` with its ``loop_control``.

    Parameters:
        items: a list or a template that gives one.
        lookup: X of with_X; None for ``loop``.
        extended_allitems: whether ``ansible_loop`` holds all items.
        break_when: after an item for which all of these hold the loop ends.
    """

    items: Any
    lookup: str | None = None
    loop_var: str = "item"
    index_var: str | None = None
    label: Any = None
    pause: Any = None
    extended: bool = False
    extended_allitems: bool = True
    break_when: Sequence[Any] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class Role:
    """A role as used by a play: its folder and variables; its tasks are in the play's blocks.

    Parameters:
        vars: those of vars/main.yml.
        entry_vars: the ``vars`` of its entry in ``roles:``, for its own tasks only.
        params: the other keys of that entry.
        parents: the roles that need or include it, outermost first.
        includers: those of them that include or import it.
        needs: the roles that it needs, theirs included, in the order in which they run.
    """

    name: str
    path: Path
    at: Location
    defaults: dict[str, Any] = field(default_factory=dict)
    vars: dict[str, Any] = field(default_factory=dict)
    entry_vars: dict[str, Any] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)
    parents: tuple[Role, ...] = ()
    includers: tuple[Role, ...] = ()
    needs: tuple[Role, ...] = ()


@dataclass(slots=True, kw_only=True, eq=False)
class Task:
    """One task or handler.

    Parameters:
        name: as written (may be a template); "" if not named.
        action: the short name of a module or action; the full one of a module that is none of
            provision's own.
        args: its arguments as written; free-form text is under the Spec's ``free_form``.
            ``args: "{{ dict }}"`` leaves the template string here.
        changed_when, failed_when, until: lists of conditions, all of which must hold;
            None when not said.
        file: the task file or playbook it stands in, for relative paths.
        apply: of include_tasks and include_role, what the included tasks inherit: the
            settings around the include, its ``vars`` and its ``apply``. None otherwise.
        own_vars: the task's own ``vars``, which are also the last of its settings'.
        id: unique in this process.
    """

    at: Location
    name: str
    action: str
    args: Any
    settings: Settings
    file: Path
    role: Role | None = None
    loop: Loop | None = None
    register: str | None = None
    until: Sequence[Any] | None = None
    retries: Any = None
    delay: Any = None
    changed_when: Sequence[Any] | None = None
    failed_when: Sequence[Any] | None = None
    notify: Sequence[Any] = ()
    listen: Sequence[Any] = ()
    async_: Any = None
    poll: Any = None
    apply: Settings | None = None
    own_vars: dict[str, Any] = field(default_factory=dict)
    id: int = field(default_factory=lambda: next(_ids))

    @property
    def title(self) -> str:
        """Its name, or that of its module as people write it."""
        return self.name or self.action.removeprefix("ansible.legacy.")


@dataclass(slots=True, kw_only=True, eq=False)
class Block:
    """Tasks that succeed, are rescued and cleaned up after together."""

    at: Location
    name: str
    settings: Settings
    block: Sequence[Task | Block]
    rescue: Sequence[Task | Block] = ()
    always: Sequence[Task | Block] = ()
    role: Role | None = None


Node = Task | Block


@dataclass(slots=True, kw_only=True, eq=False)
class Play:
    """A play. ``sections`` are pre_tasks, roles, tasks, post_tasks; handlers run after
    the first, the third and the last.

    Parameters:
        vars: the play's own ``vars`` (not in the tasks' settings: another precedence).
        roles: the roles of ``roles:`` and their dependencies, and of import_role, in order.
        placed: the keys of the roles that stand in it (``roles.LoadedRole``).
        handlers: of the roles, then the play's own, then of imported roles.
    """

    at: Location
    file: Path
    name: str
    hosts: Any
    settings: Settings
    sections: Sequence[Sequence[Node]]
    handlers: Sequence[Node] = ()
    roles: Sequence[Role] = ()
    placed: Sequence[Any] = ()
    vars: dict[str, Any] = field(default_factory=dict)
    vars_files: Sequence[Any] = ()
    vars_prompt: Sequence[Any] = ()
    gather_facts: Any = None
    gather_subset: Any = None
    gather_timeout: Any = None
    fact_path: Any = None
    serial: Sequence[Any] = ()
    strategy: str = "linear"
    order: str = "inventory"
    max_fail_percentage: Any = None
    force_handlers: Any = None


@dataclass(slots=True, kw_only=True, eq=False)
class Playbook:
    """A file's plays, those of the playbooks it imports included."""

    path: Path
    plays: Sequence[Play]

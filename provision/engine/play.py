"""One play under way: the variables, roles, handlers and places of its hosts."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from provision.engine import magic, tags
from provision.engine.cursor import Cursor, Extras
from provision.engine.facts import gathering
from provision.engine.handlers import Handlers
from provision.engine.layers import Layers
from provision.engine.owed import owner
from provision.engine.play_hosts import hosts_of
from provision.engine.run import Run
from provision.engine.truth import truth
from provision.engine.vars_files import VarsFiles
from provision.errors import TemplateError
from provision.playbook.model import Node, Play, Role, Task
from provision.templating import Scope, is_template


class PlayRun:
    """A play under way.

    Attributes:
        everyone: all hosts of the play.
        batch: the hosts of the current batch, those that failed included.
        cursors: where each host of the batch is.
        batch_size: how many hosts the batch has, with those that earlier plays lost.
        ended: nothing more of this play (meta: end_play).
        broken: no other play either.
        constant_args: by task, arguments without templates, validated.
    """

    def __init__(self, run: Run, play: Play, everyone: Sequence[str]) -> None:
        self.run = run
        self.play = play
        self.everyone = list(everyone)
        self.batch: list[str] = []
        self.cursors: dict[str, Cursor] = {}
        self.batch_size = 0
        self.ended = False
        self.broken = False
        self.directory = play.file.absolute().parent
        self.roles: list[Role] = list(play.roles)
        self._named: list[Role] = list(play.roles)
        self.gatherer = gathering(play) if self._gathers() else None
        self.constant_args: dict[int, dict[str, Any]] = {}
        self._waiting: set[str] = set()
        self._asked = (run.options.tags, run.options.skip_tags)
        self.handlers = Handlers(play.handlers, self._handler_name)
        self.start_at: int | None = None
        self._role_layers: dict[int, tuple[Any, ...]] = {}
        self._ran: dict[str, list[Any]] = {}
        self._exported: tuple[tuple[Any, ...], tuple[Any, ...]] | None = None
        self._searches: dict[Any, tuple[Path, ...]] = {}
        self._selected: dict[int, bool] = {}
        self.files = VarsFiles(play, self.directory, run.templar, self.scope)
        self.active: list[str] = run.available(everyone)
        self.active_batch: list[str] = []
        self.magic: dict[str, Any] = {
            "ansible_play_name": play.name,
            "ansible_play_hosts_all": self.everyone,
            "ansible_play_hosts": self.active,
            "play_hosts": self.active_batch,
            "ansible_play_batch": self.active_batch,
            "playbook_dir": str(self.directory),
            **magic.of_roles(play.roles),
        }

    # variables

    def layers(self, host: str, task: Task | None = None, extras: Extras = ()) -> Layers:
        """A host's variables, highest precedence first.

        https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_variables.html
        """
        run = self.run
        memory = run.memory(host)
        exported_vars, exported_defaults = self._export()
        settings_vars: tuple[Any, ...] = ()
        role_params: tuple[Any, ...] = ()
        role_vars: tuple[Any, ...] = ()
        role_defaults: tuple[Any, ...] = ()
        role_magic: Mapping[str, Any] = {}
        connection: Mapping[str, Any] = {}
        if task is not None:
            settings_vars = task.settings.vars[::-1]
            connection = magic.of_connection(
                host,
                task.settings,
                run.options,
                run.inventory_variables(host),
                implicit=run.is_implicit(host),
            )
            if task.role is not None:
                role_magic, role_params, role_vars, role_defaults = self._role(task.role)
        return Layers(
            role_magic,
            run.own_magic(host),
            self.magic,
            run.magic,
            run.extra,
            *extras,
            *role_params,
            memory.assigned,
            memory.included,
            *settings_vars,
            *role_vars,
            *exported_vars,
            *self.files.of(host),
            self.play.vars,
            memory.injected,
            run.inventory_variables(host),
            *role_defaults,
            *exported_defaults,
            connection,
        )

    def scope(self, host: str, task: Task | None = None, extras: Extras = ()) -> Scope:
        """The same, rendered as it is used."""
        return self.scope_of(self.layers(host, task, extras), task)

    def scope_of(self, layers: Layers, task: Task | None) -> Scope:
        """Layers, rendered as they are used by a task."""
        at = task.at if task is not None else self.play.at
        return self.run.templar.scope(layers, search=self.search(task), at=at)

    def search(self, task: Task | None) -> tuple[Path, ...]:
        """Folders in which a task's files are looked for."""
        key = (task.role, task.file) if task is not None else None
        found = self._searches.get(key)
        if found is None:
            folders: list[Path] = []
            if task is not None:
                for role in (task.role, *(task.role.parents if task.role else ())):
                    if role is not None:
                        folders += [role.path, role.path / "tasks"]
                folders.append(task.file.absolute().parent)
            folders.append(self.directory)
            found = self._searches[key] = tuple(dict.fromkeys(folders))
        return found

    def _role(self, role: Role) -> tuple[Any, ...]:
        found = self._role_layers.get(id(role))
        if found is None:
            chain = (role, *reversed(role.parents))
            needs = role.needs[::-1]
            found = self._role_layers[id(role)] = (
                magic.of_role(role),
                tuple(r.params for r in chain if r.params),
                (
                    *(role.entry_vars, role.vars),
                    *(r.vars for r in needs),
                    *(layer for r in chain[1:] for layer in (r.vars, r.entry_vars)),
                ),
                tuple(r.defaults for r in (*chain, *needs) if r.defaults),
            )
        return found

    def _export(self) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        if self._exported is None:
            last_first = self.roles[::-1]
            self._exported = (
                tuple(role.vars for role in last_first if role.vars),
                tuple(role.defaults for role in last_first if role.defaults),
            )
        return self._exported

    def ran(self, host: str) -> list[Any]:
        """Keys of the roles that have run on a host; they need not run again for others."""
        return self._ran.setdefault(host, list(self.play.placed))

    def name_roles(self, roles: Sequence[Role]) -> None:
        """Roles that have come into the play; their variables need not be seen by all of it."""
        new = [role for role in roles if role not in self._named]
        if new:
            self._named += new
            self.magic.update(magic.of_roles(self._named))

    def adopt(self, roles: Sequence[Role], handlers: Sequence[Node]) -> None:
        """Roles whose variables the whole play sees from now on, and handlers it gains."""
        self.name_roles(roles)
        new = [role for role in roles if role not in self.roles]
        if new:
            self.roles += new
            self._exported = None
        if handlers:
            self.handlers.add(handlers)

    def _handler_name(self, task: Task) -> str | None:
        if not is_template(task.name):
            return task.name
        try:
            return str(self.run.templar.render(task.name, self.scope(self.batch[0], task)))
        except TemplateError:
            return None

    # which tasks

    def _tagged(self, task: Task, host: str, extras: Extras) -> bool:
        found = self._selected.get(task.id)
        if found is None:
            names: list[str] = []
            constant = True
            for tag in task.settings.tags:
                if not is_template(tag):  # split where it was read, if at all
                    names.append(tag)
                    continue
                constant = False
                said: Any = self.run.templar.render(tag, self.scope(host, task, extras))
                names += said if isinstance(said, list) else str(said).split(",")
            found = tags.selected(names, *self._asked)
            if constant:
                self._selected[task.id] = found
        return found

    # hosts

    def leave(self, host: str) -> None:
        """A host takes no further part in the play."""
        for hosts in (self.active, self.active_batch):
            if host in hosts:
                hosts.remove(host)

    def name(self, host: str) -> None:
        """A host was added: it is named among the play's hosts, though it does not join them."""
        self.everyone.append(host)
        self.active.append(host)

    def refresh_hosts(self) -> None:
        """The inventory was read anew: its hosts are named, though none joins the play."""
        self.everyone[:] = hosts_of(self.run, self.play)
        self.active[:] = self.run.available(self.everyone)

    def working(self) -> list[str]:
        """The batch's hosts that may still have something to do."""
        gone = self.run.unreachable
        return [host for host in self.batch if host not in gone]

    def begin(self, batch: Sequence[str], size: int) -> None:
        """Set out with the hosts of a batch; ``size`` counts those that are lost already too."""
        self.batch = list(batch)
        self.batch_size = size
        self.active_batch[:] = batch
        force = self.play.force_handlers
        forced = self.run.options.force_handlers if force is None else truth(force)
        self.cursors = {}
        self._waiting = set(batch) if self.start_at is not None else set()
        sections: list[Sequence[Node]] = [[self.gatherer]] if self.gatherer else []
        before, roles, tasks, after = self.play.sections
        # Handlers of roles wait for the play's own tasks, as in Ansible.
        sections += [before, [*roles, *tasks], after]
        resumed: dict[tuple[str, ...], list[str]] = {}
        for host in batch:
            left = self.run.owed.of(owner(self.play), host)
            if left:
                names = tuple(name for section in sorted(left) for name in left[section])
                resumed.setdefault(names, []).append(host)
            wanted = functools.partial(self._wanted, host)
            self.cursors[host] = Cursor(sections, self.handlers, wanted, forced, resumed=left)
        for names, hosts in resumed.items():
            self.run.warn(
                "handlers that an earlier run notified and did not come to will run now: "
                f"{', '.join(names)} [{', '.join(hosts)}]"
            )

    def _gathers(self) -> bool:
        wanted = self.play.gather_facts
        return self.run.options.gather_facts if wanted is None else truth(wanted)

    def owe(self, host: str, notified: Sequence[str] = ()) -> None:
        """Note what handlers owe a host, should the run end here; ``notified`` was just now."""
        cursor = self.cursors[host]
        owed = cursor.owed()
        if notified:
            here = owed.setdefault(cursor.section, [])
            here += [name for name in notified if name not in here]
        with self.run.lock:
            self.run.owed.keep(owner(self.play), host, owed)

    def finish(self) -> None:
        """The batch is through. Only hosts that failed can still be owed something."""
        for host in self.cursors:
            if host not in self.run.unreachable:
                self.owe(host)

    def _wanted(self, host: str, task: Task, extras: Extras) -> bool:
        """Whether tags and --start-at-task let a task run on a host."""
        if task is self.gatherer:
            return tags.selected(["always", *task.settings.tags], *self._asked)
        if host in self._waiting:
            if task.id != self.start_at:
                return False
            self._waiting.discard(host)
        return self._tagged(task, host, extras)

"""--syntax-check: all that can be found without a host, in one pass.

Beside what loading finds it looks into files and roles that ``include_tasks`` and ``include_role``
name without a template, which a run reads when it comes to them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from provision.engine import preflight
from provision.engine.start_at import walk
from provision.errors import PlaybookError
from provision.playbook.catalog import Catalog
from provision.playbook.complaints import Complaints
from provision.playbook.expressions import is_template
from provision.playbook.loader import load_playbook, load_role, load_tasks
from provision.playbook.model import Node, Role, Settings, Task
from provision.playbook.search import find_task_file

_PARTS = ("tasks_from", "vars_from", "defaults_from", "handlers_from")


@dataclass(slots=True)
class SyntaxCheck:
    """Parameters: as of ``load_playbook``."""

    catalog: Catalog
    roles_path: Sequence[Path]
    read: Callable[[Path], Any]
    extra_vars: Mapping[str, Any] = field(default_factory=dict)
    complaints: Complaints = field(default_factory=Complaints)
    _seen: set[Any] = field(default_factory=set)
    _known: Mapping[str, Any] = field(default_factory=dict)

    def check(self, paths: Iterable[Path]) -> None:
        """Raises PlaybookError: with all that is wrong."""
        for number, path in enumerate(paths):
            with self.complaints.collecting():
                playbook = load_playbook(
                    path,
                    self.catalog,
                    roles_path=self.roles_path,
                    read=self.read,
                    complaints=self.complaints,
                    extra_vars=self.extra_vars,
                    first=number == 0,
                )
                with self.complaints.collecting():
                    preflight.check([playbook])
                for play in playbook.plays:
                    self._known = {**play.vars, **self.extra_vars}
                    base = play.file.parent
                    for nodes in play.sections:
                        self._look_into(nodes, base)
                    self._look_into(play.handlers, base, handlers=True)
        self.complaints.raise_if_any()

    def _look_into(self, nodes: Iterable[Node], base: Path, *, handlers: bool = False) -> None:
        for task in walk(nodes):
            if not isinstance(task.args, dict) or any(map(is_template, task.args.values())):
                continue
            try:
                if task.action == "include_tasks":
                    self._file(task, base, handlers)
                elif task.action == "include_role":
                    self._role(task, base)
            except PlaybookError as error:
                self.complaints.add(error)

    def _file(self, task: Task, base: Path, handlers: bool) -> None:
        try:
            path = find_task_file(
                str(task.args["file"]), file=task.file, role=task.role, base=base, at=task.at
            )
        except PlaybookError:
            if task.settings.when:  # it may never come to that
                return
            raise
        if not self._is_new(path.resolve(), task.role):
            return
        included = load_tasks(
            path,
            self.catalog,
            settings=_surroundings(task),
            role=task.role,
            handlers=handlers,
            base=base,
            roles_path=self.roles_path,
            read=self.read,
            complaints=self.complaints,
            known=self._known,
        )
        with self.complaints.collecting():
            preflight.check_nodes(included)
        self._look_into(included, base, handlers=handlers)

    def _role(self, task: Task, base: Path) -> None:
        name = str(task.args.get("name") or task.args.get("role"))
        parts: dict[str, Any] = {
            part: str(task.args[part]) for part in _PARTS if task.args.get(part)
        }
        if not self._is_new(name, tuple(parts.items()), task.role):
            return
        try:
            loaded = load_role(
                name,
                self.catalog,
                at=task.at,
                settings=_surroundings(task),
                base=base,
                within=task.role,
                roles_path=self.roles_path,
                read=self.read,
                known=self._known,
                **parts,
            )
        except PlaybookError as error:
            if task.settings.when and error.at == task.at:  # there is no such role
                return
            raise
        for one in loaded.in_order():
            self._look_into(one.nodes, base)
            self._look_into(one.handlers, base, handlers=True)

    def _is_new(self, *what: Path | str | Role | tuple[Any, ...] | None) -> bool:
        key = tuple(part.path if isinstance(part, Role) else part for part in what)
        new = key not in self._seen
        self._seen.add(key)
        return new


def _surroundings(task: Task) -> Settings:
    """What included tasks inherit; a condition of the include keeps them from running, too."""
    handed = task.apply or task.settings
    return replace(handed, when=task.settings.when)

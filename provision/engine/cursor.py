"""Where one host is in a play: the blocks around it, and what comes next.

Each host walks on its own. What a failure does depends only on the frames it stands in; hosts
keep in step because every position has an ordered path, and the strategy always runs the
lowest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NamedTuple

from provision.playbook.model import Block, Node, Task

if TYPE_CHECKING:
    from provision.engine.handlers import Handlers

Path = tuple[int, ...]
Extras = tuple[Mapping[str, Any], ...]


class Flush:
    """The end of a section, where notified handlers run."""


FLUSH = Flush()

_BLOCK, _RESCUE, _ALWAYS = 0, 1, 2


@dataclass(slots=True)
class Group:
    """Tasks that an include adds.

    Parameters:
        extras: variables of the includes around them, highest precedence first.
    """

    nodes: Sequence[Node]
    extras: Extras = ()


class Included(NamedTuple):
    """An include whose tasks are being gone through.

    Parameters:
        outer: the one that it is inside of.
        depth: how many there are with it.
    """

    task: Task
    outer: Included | None
    depth: int


@dataclass(slots=True)
class _Frame:
    """Tasks that a host stands in: a section, a block's stage, an include's or handlers."""

    nodes: Sequence[Node | Flush]
    path: Path
    extras: Extras = ()
    block: Block | None = None
    stage: int = _BLOCK
    failing: bool = False
    handlers: bool = False
    index: int = 0
    finally_: Sequence[Flush] = ()
    by: Included | None = None


@dataclass(slots=True)
class Step:
    """The next task of a host.

    Parameters:
        path: its position; equal tasks of different hosts have equal paths.
        extras: variables of the includes around it, highest precedence first.
    """

    task: Task
    path: Path
    extras: Extras
    handler: bool = False


@dataclass(slots=True)
class Cursor:
    """One host's way through a play.

    Parameters:
        sections: the play's sections; handlers run after each.
        handlers: the play's handlers.
        wanted: whether a task runs at all (tags, --start-at-task).
        force_handlers: flush also when a section failed.

    Attributes:
        failed: a failure went through all that could have caught it.
        notified: handlers to run at the next flush, as they were named.
        resumed: those that an earlier run left, by section from the play's end; each joins
            ``notified`` where its section begins.
    """

    sections: Sequence[Sequence[Node]]
    handlers: Handlers
    wanted: Callable[[Task, Extras], bool]
    force_handlers: bool = False
    failed: bool = False
    notified: list[str] = field(default_factory=list)
    resumed: dict[int, list[str]] = field(default_factory=dict)
    _due: dict[int, str] = field(default_factory=dict)
    _stack: list[_Frame] = field(default_factory=list)
    _step: Step | None = None
    _section: int = 0

    def peek(self) -> Step | None:
        """The next task, or None when this host is done (or has failed)."""
        while self._step is None and (self._stack or self._enter_section()):
            self._step = self._find()
        return self._step

    def following(self) -> Iterator[Step]:
        """The steps after that of ``peek``, as far as they follow whatever comes of it.

        That is until handlers may run, or a block ends that has a rescue or an always. A step
        that fails, or an include, ends it as well; that is for the caller to know.
        """
        ahead = _Lookahead(self.sections, self.handlers, self.wanted)
        ahead._stack = [replace(frame) for frame in self._stack]
        ahead._section = len(self.sections)
        if self._stack and not self._stack[-1].handlers:
            ahead.advance()
            while (step := ahead.peek()) is not None:
                yield step
                ahead.advance()

    def advance(self) -> None:
        """The task of ``peek`` has run."""
        step, self._step = self._step, None
        frame = self._stack[-1]
        if frame.handlers and step is not None:
            self._due.pop(step.task.id, None)
        frame.index += 1

    def include(self, step: Step, groups: Sequence[Group]) -> None:
        """Put tasks behind an include that has just run."""
        outer = self.included
        by = Included(step.task, outer, outer.depth + 1 if outer else 1)
        for number in reversed(range(len(groups))):
            group, path = groups[number], (*step.path, number)
            self._stack.append(_Frame(group.nodes, path, group.extras, by=by))
        self._step = None

    def flush(self, path: Path) -> None:
        """Run the handlers notified so far, now."""
        if self.notified or self._due:
            self._stack.append(_Frame((), path, handlers=True))
        self._step = None

    def owed(self) -> dict[int, list[str]]:
        """Notifications whose handlers have not run, by section from the play's end."""
        found = {section: list(names) for section, names in self.resumed.items()}
        here = [*self._due.values(), *self.notified]
        if here:
            found[self.section] = list(dict.fromkeys(here))
        return found

    @property
    def section(self) -> int:
        """The section this host is in, counted from the end: -1 is the last."""
        return self._section - 1 - len(self.sections)

    @property
    def included(self) -> Included | None:
        """The innermost include that the next task is inside of."""
        return self._stack[-1].by if self._stack else None

    @property
    def lost(self) -> bool:
        """Whether a failure has gone through all that could have caught it; forced handlers
        may still be to run."""
        return self.failed or any(f.failing and f.block is None for f in self._stack)

    def rescuable(self) -> bool:
        """Whether a failure here would be rescued."""
        return any(
            f.block is not None and f.stage == _BLOCK and f.block.rescue for f in self._stack
        )

    def fail(self) -> None:
        """The host failed here: on to the nearest rescue or always, or out."""
        step, self._step = self._step, None
        while self._stack:
            frame = self._stack.pop()
            if frame.finally_:
                self._stack.append(_Frame(frame.finally_, (*frame.path[:-1], 1), failing=True))
                return
            block = frame.block
            if block is None:
                continue
            if frame.stage == _BLOCK and block.rescue:
                if step is not None and step.handler:
                    self._due.pop(step.task.id, None)
                self._push(block, _RESCUE, frame)
                return
            if frame.stage != _ALWAYS and block.always:
                self._push(block, _ALWAYS, frame, failing=True)
                return
        self.failed = True

    def stop(self) -> None:
        """Nothing more of this play for this host."""
        self._stack.clear()
        self._section = len(self.sections)
        self._step = None
        self._due.clear()
        self.notified.clear()
        self.resumed.clear()

    def end_role(self, task: Task) -> None:
        """Leave the rest of the role that ``task`` is in."""
        self._step = None
        role = task.role
        stack = self._stack
        first = None
        for number in reversed(range(len(stack))):
            if _in_role(stack[number], role):
                first = number
                if _begins(stack[number]):
                    break  # below may be the role's next turn in a loop
            elif first is not None:
                break
        if first is not None:
            frame = stack[first]
            del stack[first + 1 :]
            while frame.index < len(frame.nodes) and _role_of(frame.nodes[frame.index]) is role:
                frame.index += 1

    def _enter_section(self) -> bool:
        number = self._section
        if self.failed or number >= len(self.sections):
            return False
        self._section += 1
        nodes = self.sections[number]
        left = self.resumed.pop(number - len(self.sections), ())
        self.notified.extend(name for name in left if name not in self.notified)
        if self.force_handlers:
            self._stack.append(_Frame(nodes, (number, 0), finally_=[FLUSH]))
        else:
            self._stack.append(_Frame([*nodes, FLUSH], (number, 0)))
        return True

    def _find(self) -> Step | None:
        frame = self._stack[-1]
        if frame.handlers:
            return self._find_handler(frame)
        if frame.index >= len(frame.nodes):
            self._leave(frame)
            return None
        node = frame.nodes[frame.index]
        path = (*frame.path, frame.index)
        if isinstance(node, Flush):
            frame.index += 1
            self.flush(path)
            return None
        if isinstance(node, Block):
            frame.index += 1
            made = _Frame(node.block, (*path, _BLOCK), frame.extras, node, _BLOCK, by=frame.by)
            self._stack.append(made)
            return None
        if not self.wanted(node, frame.extras):
            frame.index += 1
            return None
        return Step(node, path, frame.extras)

    def _find_handler(self, frame: _Frame) -> Step | None:
        if self.notified:
            for name in self.notified:
                for task in self.handlers.named(name):
                    self._due.setdefault(task.id, name)
            self.notified.clear()
        tasks = self.handlers.tasks
        while frame.index < len(tasks):
            task = tasks[frame.index]
            if task.id in self._due:
                return Step(task, (*frame.path, frame.index), frame.extras, handler=True)
            frame.index += 1
        self._stack.pop()
        return None

    def _leave(self, frame: _Frame) -> None:
        self._stack.pop()
        if frame.failing:
            self.fail()
        elif frame.finally_:
            self._stack.append(_Frame(frame.finally_, (*frame.path[:-1], 1)))
        elif frame.block is not None and frame.stage != _ALWAYS and frame.block.always:
            self._push(frame.block, _ALWAYS, frame)

    def _push(self, block: Block, stage: int, old: _Frame, failing: bool = False) -> None:
        nodes = block.rescue if stage == _RESCUE else block.always
        path = (*old.path[:-1], stage)
        self._stack.append(_Frame(nodes, path, old.extras, block, stage, failing, by=old.by))


class _Lookahead(Cursor):
    """Ends where what comes next depends on what has happened."""

    def flush(self, path: Path) -> None:
        self.stop()

    def _leave(self, frame: _Frame) -> None:
        block = frame.block
        if block is not None and not (block.rescue or block.always):
            super()._leave(frame)
        else:
            self.stop()


def _role_of(node: Node | Flush) -> Any:
    return None if isinstance(node, Flush) else node.role


def _begins(frame: _Frame) -> bool:
    """Whether a frame is all of an included role."""
    by = frame.by
    return by is not None and by.task.action == "include_role" and frame.block is None


def _in_role(frame: _Frame, role: Any) -> bool:
    nodes = frame.nodes
    last = min(max(frame.index - 1, 0), len(nodes) - 1)
    return bool(nodes) and role is not None and _role_of(nodes[last]) is role

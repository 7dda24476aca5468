"""What an action is."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from provision.agent.spec import Spec
    from provision.engine.context import Context
    from provision.engine.results import Result


class Action(NamedTuple):
    """The controller-side half of a task.

    Parameters:
        spec: as for a module; ``provision doc`` shows it.
        run: does it. Raises TaskFailed, TemplateError, Unreachable.
    """

    spec: Spec
    run: Callable[[Context], Result]

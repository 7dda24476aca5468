"""What an action is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from provision.agent.spec import Spec
    from provision.engine.context import Context
    from provision.engine.results import Result


@dataclass(frozen=True, slots=True)
class Action:
    """The controller-side half of a task.

    Parameters:
        spec: as for a module; ``provision doc`` shows it.
        run: does it. Raises TaskFailed, TemplateError, Unreachable.
    """

    spec: Spec
    run: Callable[[Context], Result]

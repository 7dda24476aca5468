"""async_status: ask after a job; where its result is, the host's variables say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.modules.async_status import SPEC
from provision.engine.actions.base import Action
from provision.engine.jobs import directory

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    where = directory(context.scope)
    return context.call("async_status", {**context.args, "_async_dir": where})


_SHOWN = tuple(param for param in SPEC.params if not param.name.startswith("_"))
ACTION = Action(SPEC._replace(params=_SHOWN), run)

"""meta: steer the play itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.meta import WORDS

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    word = context.args["free_form"]
    if word == "reset_connection":
        context.run.sessions.reset(context.connection.target)
    elif word == "refresh_inventory":
        context.run.refresh_inventory()
        context.play.refresh_hosts()
    elif word != "noop":
        context.effects.meta = word
    return {"changed": False, "msg": word}


ACTION = Action(
    Spec(
        name="meta",
        summary="Steer the play: run handlers now, end a host, a batch or the play, and so on.",
        params=(Param("free_form", "What to do.", required=True, choices=WORDS),),
        free_form="free_form",
    ),
    run,
)

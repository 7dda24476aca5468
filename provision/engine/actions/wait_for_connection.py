"""wait_for_connection: until a host can be worked on."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.errors import Unreachable

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    started = time.monotonic()
    if args["delay"]:
        context.say(f"waiting for {args['delay']:g} s first")
        context.sleep(args["delay"])
    wait_until_reachable(context, started + args["timeout"], args["sleep"])
    return {"changed": False, "elapsed": int(time.monotonic() - started)}


def wait_until_reachable(context: Context, deadline: float, pause: float) -> None:
    """Try until a session answers. Raises Unreachable: it never did before the deadline."""
    connection = context.connection
    while True:
        try:
            context.run.sessions.get(connection.target, connection.become)
            context.opened = None
            context.call("ping", {"data": "pong"})
            return
        except Unreachable as error:
            context.say(f"waiting for it to answer: {error}")
            if time.monotonic() >= deadline:
                raise
            context.reconnect()
            context.sleep(pause)


ACTION = Action(
    Spec(
        name="wait_for_connection",
        summary="Wait until the host answers.",
        params=(
            Param("timeout", "Seconds to wait at most.", type="float", default=600),
            Param("delay", "Seconds before the first try.", type="float", default=0),
            Param("sleep", "Seconds between tries.", type="float", default=1),
            Param("connect_timeout", "Taken for compatibility.", type="float", default=5),
        ),
        returns=(("elapsed", "seconds waited"),),
    ),
    run,
)

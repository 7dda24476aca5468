"""pause: wait, or wait for a person."""

from __future__ import annotations

import datetime as dt
import getpass
import sys
import time
from typing import TYPE_CHECKING, Any

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    started, began = time.monotonic(), dt.datetime.now()  # noqa: DTZ005  (as Ansible gives it)
    typed = ""
    if args["seconds"] is not None or args["minutes"] is not None:
        seconds = args["seconds"] if args["seconds"] is not None else args["minutes"] * 60
        context.say(f"pausing for {seconds:g} s")
        context.sleep(max(0.0, seconds))
        said = f"Paused for {_passed(args, time.monotonic() - started)}"
    elif sys.stdin.isatty():
        prompt = args["prompt"] or "Press enter to continue, Ctrl+C to interrupt"
        # Not echoed, so not shown by asking in the open either.
        typed = input(prompt + ": ") if args["echo"] else getpass.getpass(prompt + ": ")
        said = "Paused until a person went on"
    else:
        context.run.warn("pause: not waiting for input, there is no terminal", context.task.at)
        said = "Not paused: no terminal"
    return {
        "changed": False,
        "delta": int(time.monotonic() - started),
        "start": str(began),
        "stop": str(dt.datetime.now()),  # noqa: DTZ005
        "stdout": said,
        "stdout_lines": [said],
        "stderr": "",
        "rc": 0,
        "user_input": typed,
        "echo": args["echo"],
    }


def _passed(args: dict[str, Any], seconds: float) -> str:
    if args["minutes"] is not None:
        return f"{round(seconds / 60, 2)} minutes"
    return f"{round(seconds, 2)} seconds"


ACTION = Action(
    Spec(
        name="pause",
        summary="Wait for a time, or for a person.",
        params=(
            Param("seconds", "Seconds to wait.", type="float"),
            Param("minutes", "Minutes to wait.", type="float"),
            Param("prompt", "What to ask at the terminal."),
            Param("echo", "Show what is typed.", type="bool", default=True),
        ),
        mutually_exclusive=(("seconds", "minutes"),),
        returns=(
            ("user_input", "what was typed"),
            ("delta", "seconds waited"),
            ("start", "when the pause began, the controller's local time"),
            ("stop", "when it ended"),
            ("echo", "whether what is typed was shown"),
            ("stdout", "how long the pause was"),
        ),
    ),
    run,
)

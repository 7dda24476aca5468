"""reboot: restart the machine and wait until it is back."""

from __future__ import annotations

import shlex
import time
from typing import TYPE_CHECKING

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.actions.wait_for_connection import wait_until_reachable
from provision.errors import TaskFailed, Unreachable

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result

BOOT_ID = "cat /proc/sys/kernel/random/boot_id && cut -d' ' -f22 /proc/1/stat"
"""What tells one boot from the next. A container has its host's boot id; there the start of its
init does."""
_PATHS = ("/sbin", "/bin", "/usr/sbin", "/usr/bin", "/usr/local/sbin")
# Beside the session that asks, so that the answer still arrives.
_COMMAND = "(sleep {delay}; {command}) >/dev/null 2>&1 </dev/null &"


def run(context: Context) -> Result:
    args = context.args
    if context.connection.target.connection == "local":
        raise TaskFailed("reboot would restart this machine itself", at=context.task.at)
    if context.check:
        return {"changed": True, "rebooted": True, "elapsed": 0}
    started = time.monotonic()
    deadline = started + args["reboot_timeout"]
    before = _shell(context, args["boot_time_command"])
    _begin(context)
    context.say(f"waiting for it to be back, {args['reboot_timeout']:g} s at most")
    context.sleep(args["pre_reboot_delay"] + 1)
    while True:
        context.reconnect()
        try:
            if _shell(context, args["boot_time_command"]) != before:
                break
        except (Unreachable, TaskFailed):
            pass
        if time.monotonic() >= deadline:
            raise TaskFailed(
                f"it was not back {args['reboot_timeout']:g} seconds after the reboot",
                host=context.host,
                hint="raise reboot_timeout, or look at its console",
            )
        context.sleep(1)
    if args["post_reboot_delay"]:
        context.say(f"it is back; waiting {args['post_reboot_delay']:g} s more")
        context.sleep(args["post_reboot_delay"])
    wait_until_reachable(context, deadline, 1)
    _test(context)
    return {"changed": True, "rebooted": True, "elapsed": int(time.monotonic() - started)}


def _begin(context: Context) -> None:
    args = context.args
    said = shlex.quote(args["msg"])
    command = args["reboot_command"] or (
        f"systemctl reboot --message={said} || shutdown -r now {said}"
    )
    path = shlex.quote(":".join(str(folder) for folder in args["search_paths"]))
    command = f'PATH="$PATH":{path}; {command}'
    line = _COMMAND.format(delay=args["pre_reboot_delay"] + 0.5, command=command)
    try:
        _shell(context, line)
    except Unreachable:
        return


def _test(context: Context) -> None:
    command = context.args["test_command"]
    if command:
        _shell(context, command)


def _shell(context: Context, line: str) -> str:
    spec = context.run.catalog.own("shell")
    assert spec is not None
    watched, context.on_output = context.on_output, None  # it waits for more than these
    try:
        result = context.call("shell", spec.validate({"cmd": line}), timeout=30)
    finally:
        context.on_output = watched
    if result.get("failed") or result.get("rc"):
        raise TaskFailed(f"'{line}' failed: {result.get('stderr') or result.get('msg')}")
    return str(result.get("stdout", "")).strip()


ACTION = Action(
    Spec(
        name="reboot",
        summary="Restart the machine and wait until it is back.",
        params=(
            Param("reboot_timeout", "Seconds to wait at most.", type="float", default=600),
            Param("pre_reboot_delay", "Seconds before.", type="float", default=0),
            Param("post_reboot_delay", "Seconds after.", type="float", default=0),
            Param("test_command", "What has to succeed after.", default="whoami"),
            Param("reboot_command", "How to restart."),
            Param("boot_time_command", "What tells one boot from the next.", default=BOOT_ID),
            Param("connect_timeout", "Taken for compatibility.", type="float"),
            Param(
                "msg",
                "What users of the machine are told.",
                default="Reboot initiated by Ansible",
            ),
            Param(
                "search_paths",
                "Where else the commands are looked for.",
                type="list",
                elements="str",
                default=list(_PATHS),
            ),
        ),
        returns=(("rebooted", "whether it was"), ("elapsed", "seconds")),
    ),
    run,
)

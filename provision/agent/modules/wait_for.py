"""Wait for a port, a file or the passing of time."""

from __future__ import annotations

import errno
import os
import re
import socket
import time
from typing import Any, Callable, Dict, Match, Optional

from provision.agent import file_info, sockets
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="wait_for",
    summary="Wait for a port to open or close, a file to come, go or hold something.",
    params=(
        Param("host", "The port's host.", default="127.0.0.1"),
        Param("port", "A TCP port.", type="int"),
        Param("path", "A file.", type="path"),
        Param(
            "state",
            "started or present: open, there; stopped or absent: closed, gone; drained: no "
            "connection to it is left.",
            default="started",
            choices=("absent", "drained", "present", "started", "stopped"),
        ),
        Param("search_regex", "What the file, or the port on connecting, must give."),
        Param("timeout", "How long to wait, seconds.", type="int", default=300),
        Param("connect_timeout", "For one connection, seconds.", type="int", default=5),
        Param("delay", "Wait this long first, seconds.", type="int", default=0),
        Param("sleep", "Between looks, seconds.", type="int", default=1),
        Param("msg", "The message if it does not come about."),
        Param(
            "active_connection_states",
            "The TCP states that count as a connection (drained).",
            type="list",
            elements="str",
            default=["ESTABLISHED", "FIN_WAIT1", "FIN_WAIT2", "SYN_RECV", "SYN_SENT", "TIME_WAIT"],
        ),
        Param(
            "exclude_hosts",
            "Addresses whose connections do not count (drained).",
            type="list",
            elements="str",
        ),
    ),
    mutually_exclusive=(("port", "path"),),
    check_mode=False,
    returns=(
        ("elapsed", "whole seconds waited"),
        ("match_groups", "the groups of search_regex"),
        ("match_groupdict", "its named groups"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/wait_for_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    start = time.monotonic()
    if args["path"] and args["state"] == "drained":
        raise task.fail("state=drained is for a port, not for a path")
    if args["state"] == "drained" and args["port"] is None:
        raise task.fail("state=drained needs port")
    if args["exclude_hosts"] and args["state"] != "drained":
        raise task.fail("exclude_hosts has a meaning with state=drained only")
    if args["search_regex"] is not None and args["state"] in ("stopped", "drained"):
        raise task.fail("search_regex has no meaning with state=stopped or drained")
    if args["delay"]:
        task.emit(f"waiting for {args['delay']} s first\n")
        time.sleep(args["delay"])
    found: Dict[str, Any] = {"match": None}
    if args["port"] is None and args["path"] is None:
        task.emit(f"waiting for {args['timeout']} s to pass\n")
        time.sleep(max(0.0, args["timeout"] - (time.monotonic() - start)))
    else:
        _wait(task, _look(task, found), start)
    match: Optional[Match[bytes]] = found["match"]
    there = {} if args["path"] is None else file_info.describe(args["path"])
    return {
        "changed": False,
        "state": args["state"],
        "port": args["port"],
        "path": args["path"],
        "search_regex": args["search_regex"],
        "match_groups": [_text(group) for group in match.groups()] if match else [],
        "match_groupdict": {k: _text(v) for k, v in match.groupdict().items()} if match else {},
        "elapsed": int(time.monotonic() - start),
        **(there if there.get("state") != "absent" else {}),
    }


def _text(data: Optional[bytes]) -> Optional[str]:
    return None if data is None else data.decode("utf-8", "surrogateescape")


def _wait(task: ModuleTask, look: Callable[[], bool], start: float) -> None:
    args = task.args
    deadline = start + args["timeout"]
    # The first looks come quickly: most of what is waited for is nearly there.
    pause = 0.05
    told = False
    while not look():
        if not told:
            task.emit(f"waiting for {_awaited(args)}, {args['timeout']} s at most\n")
            told = True
        left = deadline - time.monotonic()
        if left <= 0:
            raise task.fail(args["msg"] or _timed_out(args), elapsed=int(time.monotonic() - start))
        time.sleep(min(pause, args["sleep"], left))
        pause *= 2


def _awaited(args: Dict[str, Any]) -> str:
    what = args["path"] or f"{args['host']}:{args['port']}"
    doing = {
        "absent": "to be absent",
        "stopped": "to stop",
        "drained": "to be drained",
    }.get(args["state"], "to be present" if args["path"] else "to answer")
    if args["search_regex"]:
        return f"'{args['search_regex']}' in {what}"
    return f"{what} {doing}"


def _timed_out(args: Dict[str, Any]) -> str:
    limit = "" if args["search_regex"] else f", {args['timeout']} s"
    return f"Timeout when waiting for {_awaited(args)}{limit}"


def _look(task: ModuleTask, found: Dict[str, Any]) -> Callable[[], bool]:
    """What tells whether it has come about."""
    args = task.args
    pattern = None
    if args["search_regex"] is not None:
        try:
            pattern = re.compile(args["search_regex"].encode(), re.MULTILINE)
        except re.error as error:
            raise task.fail(f"search_regex is not a regular expression: {error}") from None

    def in_file() -> bool:
        try:
            with open(args["path"], "rb") as file:
                found["match"] = pattern.search(file.read()) if pattern else None
        except IsADirectoryError:
            return pattern is None
        except OSError:
            return False
        return pattern is None or found["match"] is not None

    def from_port() -> bool:
        return _connects(args, pattern, found)

    absent = args["state"] in ("absent", "stopped")
    if args["state"] == "drained":
        return lambda: not _connections(task)
    if args["path"]:
        if absent and pattern:
            return lambda: not in_file()
        if absent:
            return lambda: not os.path.lexists(args["path"])
        return in_file if pattern else lambda: os.path.exists(args["path"])
    return (lambda: not from_port()) if absent else from_port


def _connects(args: Dict[str, Any], pattern: Any, found: Dict[str, Any]) -> bool:
    try:
        connection = socket.create_connection((args["host"], args["port"]), args["connect_timeout"])
    except OSError:
        return False
    with connection:
        if pattern is None:
            return True
        data = b""
        deadline = time.monotonic() + args["connect_timeout"]
        while time.monotonic() < deadline:
            connection.settimeout(max(0.01, deadline - time.monotonic()))
            try:
                got = connection.recv(4096)
            except OSError as error:
                if error.errno == errno.EINTR:
                    continue
                break
            if not got:
                break
            data += got
            found["match"] = pattern.search(data)
            if found["match"]:
                return True
    return False


def _connections(task: ModuleTask) -> int:
    args = task.args
    try:
        addresses = sockets.resolve(args["host"])
        excluded = {a for host in args["exclude_hosts"] or [] for a in sockets.resolve(host)}
    except OSError as error:
        raise task.fail(f"a host name cannot be resolved: {error}") from None
    wanted = {state.upper() for state in args["active_connection_states"]}
    unknown = wanted - set(sockets.STATES.values())
    if unknown:
        raise task.fail(f"not a TCP state: {', '.join(sorted(unknown))}")
    return sum(
        1
        for one in sockets.connections()
        if one.local_port == args["port"]
        and one.state in wanted
        and one.remote not in excluded
        and (addresses & {"0.0.0.0", "::"} or one.local in addresses)
    )

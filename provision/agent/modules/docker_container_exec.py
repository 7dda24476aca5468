"""Programs run in a container that is running."""

from __future__ import annotations

import shlex
from typing import Any, Dict, List

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.streams import attached
from provision.agent.engine_api import Engine, segment
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_container_exec",
    collection=COLLECTION,
    summary="Run a program in a running container. Its status is told, not judged.",
    params=(
        Param("container", "The container's name or ID.", required=True),
        Param("command", "The command line, split as a shell would."),
        Param("argv", "The command as a list of words.", type="list", elements="str"),
        Param("chdir", "Where to run it."),
        Param("env", "Environment; numbers and booleans must be quoted.", type="dict"),
        Param("user", "Who runs it."),
        Param("stdin", "What it is given to read."),
        Param("stdin_add_newline", "End stdin with a newline.", type="bool", default=True),
        Param(
            "strip_empty_ends", "Drop empty lines at the output's end.", type="bool", default=True
        ),
        Param(
            "tty", "Give it a terminal; all it writes is stdout then.", type="bool", default=False
        ),
        Param("detach", "Do not wait for its end.", type="bool", default=False),
        *CONNECTION,
    ),
    check_mode=False,
    required_one_of=(("command", "argv"),),
    mutually_exclusive=(("command", "argv"),),
    returns=(
        ("rc", "Its exit status."),
        ("stdout", "What it wrote."),
        ("stderr", "What it wrote as errors."),
        ("exec_id", "With detach: the ID of the execution."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Exec)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    if args["detach"] and args["stdin"] is not None:
        raise task.fail("stdin cannot be given with detach: nobody stays to send it")
    body: Dict[str, Any] = {
        "Cmd": _words(task),
        "AttachStdin": args["stdin"] is not None,
        "AttachStdout": not args["detach"],
        "AttachStderr": not args["detach"],
        "Tty": args["tty"],
        "WorkingDir": args["chdir"],
        "User": args["user"],
        "Env": _environment(task),
    }
    given = {key: value for key, value in body.items() if value is not None}
    identity = engine.post(f"/containers/{segment(args['container'])}/exec", given)["Id"]
    start = {"Detach": args["detach"], "Tty": args["tty"]}
    if args["detach"]:
        engine.post(f"/exec/{identity}/start", start)
        return {"changed": True, "exec_id": identity}
    stdin = None
    if args["stdin"] is not None:
        text = args["stdin"]
        newline = "\n" if args["stdin_add_newline"] and not text.endswith("\n") else ""
        stdin = (text + newline).encode("utf-8", "surrogateescape")
    # It may be silent for as long as it likes.
    out, err = attached(
        engine.waiting(), f"/exec/{identity}/start", start, args["tty"], stdin, task.emit
    )
    status = engine.get(f"/exec/{identity}/json")["ExitCode"]
    return {"changed": True, "rc": status, "stdout": _text(task, out), "stderr": _text(task, err)}


run = with_engine(_run)


def _words(task: ModuleTask) -> List[str]:
    if task.args["argv"] is not None:
        return [str(word) for word in task.args["argv"]]
    try:
        return shlex.split(task.args["command"])
    except ValueError as error:
        raise task.fail(f"the command line cannot be split: {error}") from None


def _environment(task: ModuleTask) -> Any:
    for name, value in (task.args["env"] or {}).items():
        if not isinstance(value, str):
            raise task.fail(
                f"env: {name} is not text but {value!r}, which YAML may have changed: quote it"
            )
    given = task.args["env"]
    return None if given is None else [f"{name}={value}" for name, value in given.items()]


def _text(task: ModuleTask, data: bytes) -> str:
    text = data.decode("utf-8", "replace")
    return text.rstrip("\r\n") if task.args["strip_empty_ends"] else text

"""script: a program of the controller, run on the node."""

from __future__ import annotations

import io
import shlex
from typing import TYPE_CHECKING, Any

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.contents import Content
from provision.engine.files import find, read
from provision.engine.send import send
from provision.errors import TaskFailed

if TYPE_CHECKING:
    from provision.engine.context import Context
    from provision.engine.results import Result


def run(context: Context) -> Result:
    args = context.args
    line = args["cmd"] if args["cmd"] is not None else args["free_form"]
    if not line:
        raise TaskFailed("script needs the script's name", at=context.task.at)
    name, arguments = _split(str(line).strip())
    path = find(context.search(), "files", name, at=context.task.at)
    content = read(path, context.run.options.vault, args["decrypt"], context.task.at)
    for name, wanted in (("creates", True), ("removes", False)):
        if args[name]:
            there = bool(
                _call(context, "stat", path=args[name], get_checksum=False)["stat"]["exists"]
            )
            if there is wanted:
                state = "exists" if wanted else "does not exist"
                return {
                    "changed": False,
                    "skipped": True,
                    "msg": f"{args[name]} {state}, matching {name} option",
                }
    if context.check:
        result: Result = {"rc": 0, "stdout": "", "stderr": "", "changed": True}
        if args["creates"] is None and args["removes"] is None:
            result.update(changed=False, skipped=True, msg="a script is not run in check mode")
        return result
    folder = _call(context, "tempfile", state="directory", prefix="script.")
    if folder.get("failed"):
        return folder
    try:
        remote = f"{folder['path']}/{path.name}"
        spec = context.run.catalog.own("copy")
        assert spec is not None
        given = spec.validate({"dest": remote, "mode": "0700"})
        sent = send(context, Content(content), path, given)
        if sent.get("failed"):
            return sent
        command = shlex.quote(remote) + arguments
        if args["executable"]:
            command = f"{args['executable']} {command}"
        result = _call(context, "shell", cmd=command, chdir=args["chdir"], strip_empty_ends=False)
    finally:
        _call(context, "file", path=folder["path"], state="absent")
    result["changed"] = True
    return result


def _split(line: str) -> tuple[str, str]:
    """The script's name, and its arguments as they are: the node's shell reads them."""
    rest = io.StringIO(line)
    lexer = shlex.shlex(rest, posix=True)
    lexer.whitespace_split, lexer.commenters = True, ""
    name = lexer.get_token() or ""
    arguments = rest.read()
    return name, " " + arguments if arguments else ""


def _call(context: Context, module: str, **args: Any) -> Result:
    spec = context.run.catalog.own(module)
    assert spec is not None
    given = {name: value for name, value in args.items() if value is not None}
    return context.call(module, spec.validate(given))


ACTION = Action(
    Spec(
        name="script",
        summary="Run a script of the controller on the node.",
        params=(
            Param("free_form", "The script and its arguments."),
            Param("cmd", "The same."),
            Param("creates", "A file on the node; if it exists, nothing is run."),
            Param("removes", "A file on the node; unless it exists, nothing is run."),
            Param("chdir", "The folder to run it in."),
            Param("executable", "The interpreter."),
            Param("decrypt", "Decrypt a vault file.", type="bool", default=True),
        ),
        free_form="free_form",
        returns=(("rc", "exit status"), ("stdout", "its output"), ("stderr", "its errors")),
    ),
    run,
)

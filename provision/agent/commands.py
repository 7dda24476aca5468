"""What ``command`` and ``shell`` share: when to run, and how the result looks."""

from __future__ import annotations

import datetime as dt
import glob
import os
from typing import Any, Dict, List, Optional, Tuple, Union

from provision.agent.spec import Param
from provision.agent.task import ModuleFailed, ModuleTask

PARAMS = (
    Param("chdir", "Change to this directory first.", type="path"),
    Param("creates", "Do not run if this path (a glob) exists.", type="path"),
    Param("removes", "Do not run unless this path (a glob) exists.", type="path"),
    Param("stdin", "Text for the program's standard input."),
    Param("stdin_add_newline", "End stdin with a newline.", type="bool", default=True),
    Param(
        "strip_empty_ends",
        "Drop the newlines at the end of stdout and stderr.",
        type="bool",
        default=True,
    ),
)

RETURNS = (
    ("cmd", "the command as run"),
    ("rc", "its exit status"),
    ("stdout", "what it wrote to standard output"),
    ("stderr", "what it wrote to standard error"),
    ("stdout_lines", "stdout, by line"),
    ("stderr_lines", "stderr, by line"),
    ("start", "when it started, the node's local time"),
    ("end", "when it ended"),
    ("delta", "how long it ran, H:MM:SS.ffffff"),
)


def run(
    task: ModuleTask,
    command: Union[str, List[str]],
    executable: Optional[str],
    said: Optional[List[str]] = None,
) -> Dict[str, Any]:
    """Run a command unless ``creates``, ``removes`` or check mode decide against it.

    Parameters:
        said: the command as it was given, where variables in it have been expanded since.

    Raises:
        ModuleFailed: it cannot be started, or its exit status is not 0.
    """
    args = task.args
    # The same keys whether or not it ran, so that `when: r.rc == 0` works after a skip.
    result: Dict[str, Any] = {
        "changed": False,
        "cmd": command if said is None else said,
        "rc": 0,
        "stdout": "",
        "stderr": "",
        "start": None,
        "end": None,
        "delta": None,
    }
    chdir = args["chdir"]
    if chdir is not None and not os.path.isdir(chdir):
        if not task.check:
            result["rc"] = None
            raise task.fail(f"cannot change to directory {chdir}: it does not exist", **result)
        chdir = None
    reason = _not_needed(args, chdir)
    if reason:
        pattern, finding = reason
        would = "Would" if task.check else "Did"
        result["msg"] = f"{would} not run command since '{pattern}' {finding}"
        result["stdout"] = f"skipped, since {pattern} {finding}"
    elif task.check:
        result["msg"] = "Command would have run if not in check mode"
        decided = args["creates"] is not None or args["removes"] is not None
        result["changed"] = decided
        if not decided:
            result.update(skipped=True, failed=False)
    else:
        _execute(task, command, executable, chdir, result)
    result["stdout_lines"] = result["stdout"].splitlines()
    result["stderr_lines"] = result["stderr"].splitlines()
    if result["rc"] != 0:
        raise ModuleFailed("non-zero return code", **result)
    result.setdefault("msg", "")
    return result


def _not_needed(args: Dict[str, Any], chdir: Optional[str]) -> Optional[Tuple[str, str]]:
    for name, unwanted in (("creates", True), ("removes", False)):
        pattern = args[name]
        if pattern is None:
            continue
        found = bool(glob.glob(os.path.join(chdir or "", pattern)))
        if found == unwanted:
            return pattern, "exists" if found else "does not exist"
    return None


def _execute(
    task: ModuleTask,
    command: Union[str, List[str]],
    executable: Optional[str],
    chdir: Optional[str],
    result: Dict[str, Any],
) -> None:
    args = task.args
    stdin = args["stdin"]
    if stdin is not None and args["stdin_add_newline"]:
        stdin += "\n"
    start = dt.datetime.now()  # noqa: DTZ005  (the node's local time, as Ansible gives)
    result["changed"] = True
    try:
        done = task.run(command, cwd=chdir, stdin=stdin, executable=executable)
    except ModuleFailed as error:
        raise ModuleFailed(
            error.message, **dict(result, rc=2, changed=False, stdout_lines=[], stderr_lines=[])
        ) from None
    end = dt.datetime.now()  # noqa: DTZ005
    result.update(rc=done.rc, stdout=done.stdout, stderr=done.stderr)
    if args["strip_empty_ends"]:
        result["stdout"] = result["stdout"].rstrip("\r\n")
        result["stderr"] = result["stderr"].rstrip("\r\n")
    result.update(start=str(start), end=str(end), delta=str(end - start))

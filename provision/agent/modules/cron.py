"""Jobs and variables of cron."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from typing import Any, Dict, List, Optional

from provision.agent import files
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

_SPECIAL = ("annually", "daily", "hourly", "monthly", "reboot", "weekly", "yearly")

SPEC = Spec(
    name="cron",
    summary="Manage jobs and variables of a crontab or of a file in /etc/cron.d.",
    params=(
        Param("name", "What the job is known by; for env, the variable.", required=True),
        Param("job", "The command; for env, the value.", aliases=("value",)),
        Param("state", "Whether it is there.", default="present", choices=("absent", "present")),
        Param("user", "Whose crontab; in a cron_file, who runs it."),
        Param("cron_file", "A file in /etc/cron.d, or an absolute path, in place of a crontab."),
        Param("minute", "0-59, *, */2.", default="*"),
        Param("hour", "0-23.", default="*"),
        Param("day", "Of the month, 1-31.", default="*", aliases=("dom",)),
        Param("month", "1-12.", default="*"),
        Param("weekday", "0-6, from Sunday.", default="*", aliases=("dow",)),
        Param("special_time", "A nickname for the time.", choices=_SPECIAL),
        Param("disabled", "Comment the job out.", type="bool", default=False),
        Param("env", "Manage a variable, not a job.", type="bool", default=False),
        Param("insertbefore", "For env: before this variable."),
        Param("insertafter", "For env: after this variable."),
        files.BACKUP,
    ),
    mutually_exclusive=(("insertbefore", "insertafter"),),
    required_if=(("state", "present", ("job",)),),
    diff=True,
    returns=(
        ("jobs", "the names of the jobs"),
        ("envs", "the names of the variables"),
        ("cron_file", "the file, as the task names it"),
        ("backup_file", "where the previous table was copied to, if asked for"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/cron_module.html",
)

_TIMES = ("minute", "hour", "day", "month", "weekday")
_MARK = "#Ansible: "
_VARIABLE = re.compile(r"^\s*([A-Za-z_]\w*)\s*=")


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    path = args["cron_file"]
    if path and not path.startswith("/"):
        path = os.path.join("/etc/cron.d", path)
    if path and not args["user"] and args["state"] == "present" and not args["env"]:
        raise task.fail("a cron_file needs user: who runs the job")
    if args["special_time"] and any(args[part] != "*" for part in _TIMES):
        raise task.fail(f"special_time stands for itself, without {', '.join(_TIMES)}")
    if "\n" in (args["job"] or "") or "\n" in args["name"]:
        raise task.fail("a cron job and its name are one line each")
    before = _read(task, path)
    lines = before.splitlines()
    lines = _edit_variable(task, lines) if args["env"] else _edit_job(args, lines, bool(path))
    after = "".join(line + "\n" for line in lines)
    result: Dict[str, Any] = {
        "changed": after != before,
        "jobs": [line[len(_MARK) :] for line in lines if line.startswith(_MARK)],
        "envs": [found.group(1) for found in map(_VARIABLE.match, lines) if found],
    }
    if args["cron_file"]:
        result["cron_file"] = args["cron_file"]
    if task.diff and result["changed"]:
        result["diff"] = files.content_diff(path or "crontab", before.encode(), after.encode())
    if result["changed"] and not task.check:
        if args["backup"]:
            result["backup_file"] = _backup(before)
        _write(task, path, before, after)
    return result


def _backup(text: str) -> str:
    """Not beside the file: cron would read the copy too."""
    handle, path = tempfile.mkstemp(prefix="crontab")
    with os.fdopen(handle, "w") as file:
        file.write(text)
    return path


def _crontab(args: Dict[str, Any], *words: str) -> List[str]:
    return ["crontab", *(["-u", args["user"]] if args["user"] else []), *words]


def _read(task: ModuleTask, path: Optional[str]) -> str:
    if path:
        return files.read_bytes(path).decode() if os.path.exists(path) else ""
    if shutil.which("crontab") is None:
        raise task.fail("this host has no crontab command: the package cron has it")
    done = task.run(_crontab(task.args, "-l"))
    if done.rc not in (0, 1):
        raise task.fail(f"crontab -l failed: {done.stderr.strip()}", rc=done.rc)
    return done.stdout if done.rc == 0 else ""


def _write(task: ModuleTask, path: Optional[str], before: str, after: str) -> None:
    if not path:
        done = task.run(_crontab(task.args, "-"), stdin=after)
        if done.rc != 0:
            raise task.fail(f"crontab refused the new table: {done.stderr.strip()}", rc=done.rc)
        return
    if after.strip() or not os.path.exists(path):
        files.existing_parent(task, path)
        files.replace(path, after.encode(), mode=None if before else 0o644)
    else:
        os.unlink(path)


def _edit_job(args: Dict[str, Any], lines: List[str], with_user: bool) -> List[str]:
    mark = _MARK + args["name"]
    job = _job(args, with_user) if args["state"] == "present" else None
    out: List[str] = []
    placed = False
    index = 0
    while index < len(lines):
        if lines[index] != mark:
            out.append(lines[index])
            index += 1
            continue
        index += 2
        if job is not None and not placed:
            out += [mark, job]
            placed = True
    if job is not None and not placed:
        out += [mark, job]
    return out


def _job(args: Dict[str, Any], with_user: bool) -> str:
    if args["special_time"]:
        when = "@" + args["special_time"]
    else:
        when = " ".join(args[key] for key in _TIMES)
    who = f"{args['user']} " if with_user else ""
    return f"{'#' if args['disabled'] else ''}{when} {who}{args['job']}"


def _edit_variable(task: ModuleTask, lines: List[str]) -> List[str]:
    args = task.args
    wanted = f'{args["name"]}="{args["job"]}"' if args["state"] == "present" else None
    out: List[str] = []
    placed = False
    for line in lines:
        found = _VARIABLE.match(line)
        if not found or found.group(1) != args["name"]:
            out.append(line)
        elif wanted is not None and not placed:
            out.append(wanted)
            placed = True
    if wanted is not None and not placed:
        beside = args["insertbefore"] or args["insertafter"]
        names = [found.group(1) if found else None for found in map(_VARIABLE.match, out)]
        if beside and beside not in names:
            raise task.fail(f"there is no variable '{beside}' to put {args['name']} beside")
        place = 0
        if beside:
            place = names.index(beside) + (1 if args["insertafter"] else 0)
        out.insert(place, wanted)
    return out

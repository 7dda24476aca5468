"""One line in a text file."""

from __future__ import annotations

import re
from typing import Any, Callable, Dict, List, Match, Optional, Tuple

from provision.agent import editing
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="lineinfile",
    summary="Make sure that a line is, or is not, in a text file.",
    params=(
        *editing.PARAMS,
        Param(
            "state", "Whether the line is there.", default="present", choices=("present", "absent")
        ),
        Param("line", "The line.", aliases=("value",)),
        Param(
            "regexp",
            "A regular expression: the last line it matches is the one to replace, or all that "
            "it matches those to remove.",
            aliases=("regex",),
        ),
        Param("search_string", "As regexp, but literal text that the line holds."),
        Param("backrefs", r"Fill \1 and \g<name> in line from regexp.", type="bool", default=False),
        Param("insertafter", "Where a new line goes: EOF, or after what this expression matches."),
        Param("insertbefore", "Where a new line goes: BOF, or before what this matches."),
        Param("firstmatch", "Take the first match, not the last.", type="bool", default=False),
        Param("create", "Make the file if it is missing.", type="bool", default=False),
    ),
    mutually_exclusive=(
        ("insertbefore", "insertafter"),
        ("regexp", "search_string"),
    ),
    diff=True,
    returns=(
        ("msg", "what was done"),
        ("backup", "the copy of the previous file, if one was asked for"),
        ("found", "how many lines were removed (state=absent)"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/lineinfile_module.html",
)

_Finder = Callable[[str], Optional[Match[str]]]


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    if args["backrefs"] and args["regexp"] is None:
        raise task.fail("backrefs needs regexp, which alone has groups")
    find = _finder(task)
    if args["state"] == "absent":
        return _absent(task, find)
    if args["line"] is None:
        raise task.fail("state=present needs line")
    before = editing.load(task, args["create"])
    lines = editing.lines_of(before or "")
    lines, msg = _place(task, lines, find)
    after = "".join(lines)
    result = _finish(task, before, after if msg or before is not None else None, msg)
    if args["regexp"] == "" or args["search_string"] == "":
        result["warnings"] = ["an empty regexp or search_string matches every line; ^ says so"]
    return result


def _finish(
    task: ModuleTask, before: Optional[str], after: Optional[str], msg: str
) -> Dict[str, Any]:
    result = editing.finish(task, before, after, msg)
    return dict(result, backup=result.pop("backup_file", ""))


def _compiled(task: ModuleTask, name: str) -> _Finder:
    try:
        return re.compile(task.args[name]).search
    except re.error as error:
        raise task.fail(f"{name} is not a regular expression: {error}") from None


def _finder(task: ModuleTask) -> Optional[_Finder]:
    if task.args["regexp"] is not None:
        return _compiled(task, "regexp")
    if task.args["search_string"] is not None:
        return re.compile(re.escape(task.args["search_string"])).search
    return None


def _text(line: str) -> str:
    return line.rstrip("\r\n")


def _absent(task: ModuleTask, find: Optional[_Finder]) -> Dict[str, Any]:
    line = task.args["line"]
    if find is None and line is None:
        raise task.fail("state=absent needs one of line, search_string and regexp")
    before = editing.load(task, create=True)
    if before is None:
        return {"changed": False, "msg": "file not present", "found": 0}
    lines = editing.lines_of(before)
    kept = [
        one
        for one in lines
        if not (find(_text(one)) if find is not None else _text(one) == line.rstrip("\r\n"))
    ]
    found = len(lines) - len(kept)
    result = _finish(task, before, "".join(kept), f"{found} line(s) removed")
    return dict(result, found=found)


def _place(task: ModuleTask, lines: List[str], find: Optional[_Finder]) -> Tuple[List[str], str]:
    """The lines as they should be, and what was done to them ("" for nothing)."""
    args = task.args
    wanted: str = args["line"]
    first = args["firstmatch"]
    matches = [i for i, one in enumerate(lines) if find and find(_text(one))]
    same = [i for i, one in enumerate(lines) if _text(one) == _text(wanted)]
    if matches:
        index = matches[0] if first else matches[-1]
        if args["backrefs"] and find:
            found = find(_text(lines[index]))
            wanted = found.expand(wanted) if found else wanted
        return _replaced(lines, index, wanted)
    if args["backrefs"]:
        return lines, ""
    if same:
        return _replaced(lines, same[0] if first else same[-1], wanted)
    index = _insertion(task, lines)
    # Only the last line of a file can lack its newline.
    if index == len(lines) and lines and not lines[-1].endswith(("\n", "\r")):
        lines = [*lines[:-1], lines[-1] + "\n"]
    return [*lines[:index], _text(wanted) + "\n", *lines[index:]], "line added"


def _replaced(lines: List[str], index: int, wanted: str) -> Tuple[List[str], str]:
    """The line gets a plain newline, whatever it had."""
    if lines[index] == _text(wanted) + "\n":
        return lines, ""
    return [*lines[:index], _text(wanted) + "\n", *lines[index + 1 :]], "line replaced"


def _insertion(task: ModuleTask, lines: List[str]) -> int:
    args = task.args
    before, after = args["insertbefore"], args["insertafter"]
    if before == "BOF":
        return 0
    if after == "BOF":
        return 0
    if before in (None, "EOF") and after in (None, "", "EOF"):
        return len(lines)
    name = "insertbefore" if before is not None else "insertafter"
    find = _compiled(task, name)
    places = [i for i, one in enumerate(lines) if find(_text(one))]
    if not places:
        return len(lines)
    place = places[0] if args["firstmatch"] else places[-1]
    return place if before is not None else place + 1

"""A marked block of lines in a text file."""

from __future__ import annotations

import re
from typing import Any, Dict, List

from provision.agent import editing
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="blockinfile",
    summary="Make sure that a marked block of lines is, or is not, in a text file.",
    params=(
        *editing.PARAMS,
        Param(
            "state",
            "Whether the block is there.",
            default="present",
            choices=("present", "absent"),
        ),
        Param("block", "The lines; none removes the block.", default="", aliases=("content",)),
        Param(
            "marker",
            "The lines around it; {mark} stands for marker_begin and marker_end.",
            default="# {mark} ANSIBLE MANAGED BLOCK",
        ),
        Param("marker_begin", "What {mark} is before the block.", default="BEGIN"),
        Param("marker_end", "What {mark} is after the block.", default="END"),
        Param("insertafter", "Where a new block goes: EOF, or after what this matches."),
        Param("insertbefore", "Where a new block goes: BOF, or before what this matches."),
        Param("create", "Make the file if it is missing.", type="bool", default=False),
        Param("append_newline", "An empty line after the block.", type="bool", default=False),
        Param("prepend_newline", "An empty line before the block.", type="bool", default=False),
    ),
    mutually_exclusive=(("insertbefore", "insertafter"),),
    diff=True,
    returns=editing.RETURNS,
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/blockinfile_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    present = args["state"] == "present" and args["block"] != ""
    before = editing.load(task, args["create"])
    lines = editing.lines_of(before or "")
    begin = args["marker"].replace("{mark}", args["marker_begin"])
    end = args["marker"].replace("{mark}", args["marker_end"])
    block: List[str] = []
    if present:
        # One newline at its end is YAML's; more are empty lines.
        body = re.sub(r"\n\Z", "", args["block"]).split("\n")
        block = [line + "\n" for line in [begin, *body, end]]
    after = _edit(task, lines, begin, end, block)
    if before is None:
        msg = "File created"
    elif not block:
        msg = "Block removed"
    else:
        msg = "Block inserted"
    return editing.finish(task, before, "".join(after), msg)


def _edit(task: ModuleTask, lines: List[str], begin: str, end: str, block: List[str]) -> List[str]:
    args = task.args
    starts = [i for i, line in enumerate(lines) if line.rstrip("\r\n") == begin]
    ends = [i for i, line in enumerate(lines) if line.rstrip("\r\n") == end]
    if starts and ends and starts[-1] < ends[-1]:
        first, last = starts[-1], ends[-1] + 1
    elif not block:
        return lines
    else:
        first = last = _insertion(task, lines)
    head, tail = lines[:first], lines[last:]
    if block:
        if head and not head[-1].endswith("\n"):
            head = [*head[:-1], head[-1] + "\n"]
        if args["prepend_newline"] and head and head[-1].strip():
            block = ["\n", *block]
        if args["append_newline"] and tail and tail[0].strip():
            block = [*block, "\n"]
    return [*head, *block, *tail]


def _insertion(task: ModuleTask, lines: List[str]) -> int:
    before, after = task.args["insertbefore"], task.args["insertafter"]
    if before == "BOF" or after == "BOF":
        return 0
    if before in (None, "EOF") and after in (None, "", "EOF"):
        return len(lines)
    pattern = before if before is not None else after
    try:
        found = re.compile(pattern, re.MULTILINE)
    except re.error as error:
        raise task.fail(f"'{pattern}' is not a regular expression: {error}") from None
    places = [i for i, line in enumerate(lines) if found.search(line)]
    if not places:
        return len(lines)
    return places[-1] if before is not None else places[-1] + 1

"""Replace what a regular expression matches in a text file."""

from __future__ import annotations

import re
from typing import Any, Dict, Optional

from provision.agent import editing
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="replace",
    summary="Replace all that a regular expression matches in a text file.",
    params=(
        *editing.PARAMS,
        Param("regexp", "What to replace; ^ and $ match at every line.", required=True),
        Param("replace", r"What to put there, with \1 and \g<name>; nothing removes.", default=""),
        Param("after", "Only after what this expression matches (with . matching newlines)."),
        Param("before", "Only before what this expression matches."),
        Param("encoding", "The file's encoding.", default="utf-8"),
    ),
    diff=True,
    returns=editing.RETURNS,
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/replace_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    text = editing.load(task, create=False)
    if text is None:
        return {"changed": False, "msg": "", "rc": 0}
    encoded = args["encoding"].lower().replace("-", "") != "utf8"
    raw = text
    if encoded:
        text = _recode(task, text.encode("utf-8", "surrogateescape"), args["encoding"])
    start, stop = _section(task, text)
    if start is None or stop is None:
        return {
            "changed": False,
            "msg": "Pattern for before/after params did not match the given file",
            "rc": 0,
        }
    try:
        part, count = re.subn(args["regexp"], args["replace"], text[start:stop], flags=re.M)
    except (re.error, IndexError) as error:
        raise task.fail(f"regexp or replace is not a regular expression: {error}") from None
    after = text[:start] + part + text[stop:]
    if encoded:
        after = after.encode(args["encoding"]).decode("utf-8", "surrogateescape")
    return dict(editing.finish(task, raw, after, f"{count} replacements made"), rc=0)


def _recode(task: ModuleTask, data: bytes, encoding: str) -> str:
    try:
        return data.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        raise task.fail(f"cannot read the file as {encoding}: {error}") from None


def _section(task: ModuleTask, text: str) -> "tuple[Optional[int], Optional[int]]":
    after, before = task.args["after"], task.args["before"]
    start, stop = 0, len(text)
    try:
        if after:
            found = re.search(after, text, re.DOTALL)
            if not found:
                return None, None
            start = found.end()
        if before:
            found = re.compile(before, re.DOTALL).search(text, start)
            if not found:
                return None, None
            stop = found.start()
    except re.error as error:
        raise task.fail(f"after or before is not a regular expression: {error}") from None
    return start, stop

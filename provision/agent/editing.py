"""What the modules that edit text files share: parameters, and how an edit is finished."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, List, Optional

from provision.agent import copytree, files, permissions
from provision.agent.spec import Param
from provision.agent.task import ModuleTask

PARAMS = (
    Param("path", "The file.", type="path", required=True, aliases=("dest", "destfile", "name")),
    files.BACKUP,
    files.VALIDATE,
    *permissions.PARAMS,
    files.UNSAFE_WRITES,
)

RETURNS = (
    ("msg", "what was done"),
    ("backup_file", "the copy of the previous file, if one was asked for"),
)


def load(task: ModuleTask, create: bool) -> Optional[str]:
    """The file's text, undecodable bytes escaped; None if there is no file and it may be made.

    Raises:
        ModuleFailed: it is a directory, or missing without ``create``.
    """
    path = task.args["path"]
    if os.path.isdir(path):
        raise task.fail(f"{path} is a directory", rc=256)
    if not os.path.exists(path):
        if not create and not task.check:
            raise task.fail(f"the file {path} does not exist", rc=257)
        return None
    return files.read_bytes(path).decode("utf-8", "surrogateescape")


def lines_of(text: str) -> List[str]:
    """The lines with their ends. Only a newline ends one: str.splitlines knows ten more."""
    return re.findall(r"[^\n]*\n|[^\n]+", text)


def finish(
    task: ModuleTask, before: Optional[str], after: Optional[str], msg: str
) -> Dict[str, Any]:
    """Write the edited text if it differs, then bring mode and owner to what is asked.

    Parameters:
        before: as ``load`` gave it.
        after: the new text; None where there is still nothing to write.
    """
    args = task.args
    path = os.path.realpath(args["path"])
    changed = after is not None and before != after
    result: Dict[str, Any] = {"changed": changed, "msg": msg if changed else ""}
    old, new = (None if text is None else _bytes(text) for text in (before, after))
    if task.diff:
        name = args["path"] + " (content)"
        result["diff"] = [files.content_diff(name, old, new if changed else old)]
    if changed and new is not None and not task.check:
        if before is None:
            copytree.make_directories(task, os.path.dirname(path) or ".")
        elif args["backup"]:
            result["backup_file"] = files.backup(path)
        change = permissions.present(path, args)
        permissions.replace(path, new, args, files.validator(task, args.get("validate")))
    elif os.path.exists(path):
        change = permissions.apply(path, args, task.check)
    else:
        return result
    if change.changed:
        said = "ownership, perms or SE linux context changed"
        result.update(changed=True, msg=" and ".join(filter(None, [result["msg"], said])))
        if task.diff:
            result["diff"].append(permissions.diff(args["path"] + " (file attributes)", change))
    return result


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogateescape")

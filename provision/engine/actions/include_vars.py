"""include_vars: variables from files, when the task is reached."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.agent.spec import Param, Spec
from provision.engine.actions.base import Action
from provision.engine.files import find
from provision.engine.results import Result, failure
from provision.errors import ProvisionError, TaskFailed
from provision.inventory import load_variables

if TYPE_CHECKING:
    from provision.engine.context import Context


def run(context: Context) -> Result:
    try:
        return _read(context)
    except ProvisionError as error:
        failed = failure(error)
        # Ansible has its message there.
        return {**failed, "message": failed["msg"], **_found({}, [])}


def _found(variables: dict[str, Any], files: list[Path]) -> Result:
    return {"ansible_facts": variables, "ansible_included_var_files": [str(path) for path in files]}


def _read(context: Context) -> Result:
    args = context.args
    if args["dir"] is not None:
        files = _in_directory(context)
    else:
        name = args["file"] if args["file"] is not None else args["free_form"]
        if name is None:
            raise TaskFailed("include_vars needs file or dir", at=context.task.at)
        files = [find(context.search(), "vars", str(name), at=context.task.at)]
    found: dict[str, Any] = {}
    for path in files:
        loaded = load_variables(path, context.run.options.vault)
        if args["hash_behaviour"] == "merge":
            found = _merge(found, loaded)
        else:
            found.update(loaded)
    if args["name"]:
        found = {args["name"]: found}
    return {"changed": False, **_found(found, files)}


def _in_directory(context: Context) -> list[Path]:
    args = context.args
    folder = find(context.search(), "vars", str(args["dir"]), at=context.task.at, directory=True)
    endings = tuple("." + str(ending).lstrip(".") for ending in args["extensions"])
    pattern = re.compile(args["files_matching"]) if args["files_matching"] else None
    unwanted = [re.compile(str(each)) for each in args["ignore_files"] or ()]
    found: list[Path] = []
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        if not path.is_file() or path.name.startswith("."):
            continue
        if args["depth"] and len(parts) > args["depth"]:
            continue
        if pattern and not pattern.search(path.name):
            continue
        if any(each.search(path.name) for each in unwanted):
            continue
        if not path.name.endswith(endings):
            if args["ignore_unknown_extensions"]:
                continue
            raise TaskFailed(
                f"{path} has none of the endings {', '.join(endings)}",
                at=context.task.at,
                hint="set ignore_unknown_extensions, or extensions",
            )
        found.append(path)
    return found


def _merge(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    out = dict(below)
    for key, value in above.items():
        if isinstance(value, dict) and isinstance(out.get(key), dict):
            out[key] = _merge(out[key], value)
        else:
            out[key] = value
    return out


ACTION = Action(
    Spec(
        name="include_vars",
        summary="Read variables from a file or a folder of files.",
        params=(
            Param("free_form", "The file."),
            Param("file", "The file."),
            Param("dir", "A folder; its files are read in alphabetical order."),
            Param("name", "A variable that takes everything read as a dictionary."),
            Param("depth", "Levels of folders; 0 for all.", type="int", default=0),
            Param("files_matching", "A regular expression for names to read."),
            Param("ignore_files", "Regular expressions for names to leave.", type="list"),
            Param("extensions", "Endings.", type="list", default=["yaml", "yml", "json"]),
            Param(
                "ignore_unknown_extensions",
                "Leave files of other endings.",
                type="bool",
                default=False,
            ),
            Param(
                "hash_behaviour",
                "What happens to a dictionary that several files give.",
                choices=("replace", "merge"),
            ),
        ),
        free_form="free_form",
        mutually_exclusive=(("file", "dir", "free_form"),),
        returns=(
            ("ansible_facts", "the variables"),
            ("ansible_included_var_files", "the files read"),
        ),
    ),
    run,
)

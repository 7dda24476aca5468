"""An archive made of files of the node."""

from __future__ import annotations

import fnmatch
import glob
import os
import shutil
import tempfile
from typing import Any, Dict, List, Tuple

from provision.agent import file_info, files, pack, permissions
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="archive",
    collection="community.general",
    summary="Pack files of the node into an archive, or compress one.",
    params=(
        Param(
            "path",
            "What to pack: paths and patterns.",
            type="list",
            elements="path",
            required=True,
        ),
        Param(
            "dest",
            "The archive; of a single file by default that with the format's ending.",
            type="path",
        ),
        Param("format", "How it is packed.", default="gz", choices=pack.FORMATS),
        Param(
            "exclude_path",
            "Paths and patterns that are not packed.",
            type="list",
            elements="path",
            default=[],
        ),
        Param(
            "exclusion_patterns",
            "Patterns of names, anywhere below path, that are not packed.",
            type="list",
            elements="path",
        ),
        Param(
            "force_archive",
            "Make an archive of a single file too, instead of compressing it.",
            type="bool",
            default=False,
        ),
        Param("remove", "Remove what was packed.", type="bool", default=False),
        *permissions.PARAMS,
        files.UNSAFE_WRITES,
    ),
    returns=(
        ("dest", "the archive"),
        ("dest_state", "archive, compress, incomplete (something was missing) or absent"),
        ("state", "file or absent: what is at dest"),
        ("archived", "what was packed"),
        ("missing", "what was not found"),
        ("arcroot", "the folder that names in the archive start from"),
        ("expanded_paths", "what path means"),
        ("expanded_exclude_paths", "what exclude_path means"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/community/general/archive_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    paths = _expanded(args["path"])
    if not paths:
        raise task.fail(f"nothing is there to pack: {', '.join(args['path'])}")
    excluded = set(_expanded(args["exclude_path"]))
    wanted = [path for path in paths if path not in excluded]
    there = [path for path in wanted if os.path.lexists(path)]
    missing = [path for path in wanted if not os.path.lexists(path)]
    single = (
        not args["force_archive"]
        and len(paths) == 1
        and not _is_pattern(args["path"][0])
        and not os.path.isdir(paths[0])
    )
    dest = _destination(task, paths, single)
    root = _root(paths)
    result: Dict[str, Any] = {
        "changed": False,
        "arcroot": root,
        "archived": [],
        "missing": missing,
        "dest": dest,
        "expanded_paths": paths,
        "expanded_exclude_paths": sorted(excluded),
    }
    if not there:
        kind = "archive" if pack.is_archive(dest) else "compress"
        found = kind if os.path.exists(dest) else "absent"
        return {**file_info.describe(dest), **result, "dest_state": found}
    members = _members(there, root, dest, args["exclusion_patterns"] or [])
    folders = args["format"] != "zip"
    result["archived"] = [path for path, _ in members if folders or not os.path.isdir(path)]
    kind = "incomplete" if missing else "archive"
    if single and args["format"] not in ("tar", "zip"):
        kind = "compress"
    files.existing_parent(task, dest)
    result["changed"] = _write(task, dest, members, single)
    if args["remove"]:
        result["changed"] = True
        _remove(task, there)
    described = file_info.describe(dest)
    if not task.check and os.path.exists(dest):
        result["changed"] |= permissions.apply(dest, args, False).changed
        described = file_info.describe(dest)
    return {**described, **result, "dest_state": kind}


def _is_pattern(path: str) -> bool:
    return any(letter in path for letter in "*?[")


def _expanded(given: List[str]) -> List[str]:
    """The paths, patterns replaced by what they match."""
    out: List[str] = []
    for path in given:
        found = sorted(glob.glob(path)) if _is_pattern(path) else [path]
        out += found
    return list(dict.fromkeys(out))


def _destination(task: ModuleTask, paths: List[str], single: bool) -> str:
    args = task.args
    if args["dest"]:
        dest = str(args["dest"])
    elif single:
        dest = f"{paths[0]}.{args['format']}"
    else:
        raise task.fail("dest is needed where path is more than one file or directory")
    if os.path.isdir(dest):
        raise task.fail(f"dest {dest} is a directory, and the archive has to be a file")
    return dest


def _root(paths: List[str]) -> str:
    """The folder that all paths are in, ending in a slash."""
    if not paths:
        return "/"
    common = os.path.commonpath([os.path.dirname(path) or "." for path in paths])
    return common.rstrip("/") + "/"


def _members(paths: List[str], root: str, dest: str, patterns: List[str]) -> List[Tuple[str, str]]:
    """(path, name in the archive), folders before what they hold, never the archive itself."""
    out: List[Tuple[str, str]] = []

    def unwanted(path: str) -> bool:
        name = os.path.relpath(path, root)
        return path == dest or any(fnmatch.fnmatch(name, one) for one in patterns)

    def add(path: str) -> None:
        if unwanted(path):
            return
        out.append((path, os.path.relpath(path, root)))
        if os.path.isdir(path) and not os.path.islink(path):
            inside(path)

    def inside(path: str) -> None:
        for name in sorted(os.listdir(path)):
            add(os.path.join(path, name))

    for path in paths:
        # A directory that is named stands for what it holds.
        if os.path.isdir(path):
            inside(path)
        else:
            add(path)
    return list(dict.fromkeys(out))


def _write(task: ModuleTask, dest: str, members: List[Tuple[str, str]], single: bool) -> bool:
    """Put the archive in place unless it holds the same already; whether it did not."""
    args = task.args
    folder = os.path.dirname(dest) or "."
    if task.check and not os.path.isdir(folder):
        return True
    # gzip notes the name it is written under.
    beside = tempfile.mkdtemp(prefix=".provision-", dir=folder)
    temporary = os.path.join(beside, os.path.basename(dest))
    try:
        if single:
            pack.compress(members[0][0], temporary, args["format"])
        else:
            pack.archive(members, temporary, args["format"])
        same = os.path.isfile(dest) and pack.contents(temporary) == pack.contents(dest)
        if not same and not task.check:
            permissions.replace(dest, temporary, args)
        return not same
    except OSError as error:
        raise task.fail(f"cannot write {dest}: {error}", dest=dest) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _remove(task: ModuleTask, paths: List[str]) -> None:
    for path in () if task.check else paths:
        try:
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        except OSError as error:
            raise task.fail(f"packed, but cannot remove {path}: {error.strerror}") from None

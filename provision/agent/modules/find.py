"""Files by name, age, size and content."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import time
from typing import Any, Callable, Dict, Iterator, List, Optional, Pattern

from provision.agent import files
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="find",
    summary="Find files on the node.",
    params=(
        Param(
            "paths",
            "The directories to look in.",
            type="list",
            elements="path",
            required=True,
            aliases=("name", "path"),
        ),
        Param("patterns", "Names to find.", type="list", elements="str", aliases=("pattern",)),
        Param("excludes", "Names to leave out.", type="list", elements="str", aliases=("exclude",)),
        Param("use_regex", "Both are regular expressions.", type="bool", default=False),
        Param(
            "file_type",
            "What to find.",
            default="file",
            choices=("any", "directory", "file", "link"),
        ),
        Param("recurse", "Directories in them too.", type="bool", default=False),
        Param("depth", "How deep; 1 is the directory itself.", type="int"),
        Param("hidden", "Names that start with a dot too.", type="bool", default=False),
        Param("follow", "Follow links to directories.", type="bool", default=False),
        Param("age", "At least so old, as 5d or 1h; negative: at most."),
        Param(
            "age_stamp", "Which time that is.", default="mtime", choices=("atime", "ctime", "mtime")
        ),
        Param("size", "At least so large, as 10m; negative: at most."),
        Param("contains", "A regular expression that a line of it matches."),
        Param(
            "read_whole_file", "Match contains against it as a whole.", type="bool", default=False
        ),
        Param("get_checksum", "Return the SHA-1.", type="bool", default=False),
        Param("limit", "Stop after so many.", type="int"),
    ),
    returns=(
        ("files", "what was found: path, mode, size, mtime and so on"),
        ("matched", "how many"),
        ("examined", "how many names were looked at"),
        ("skipped_paths", "directories that could not be read, and why"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/find_module.html",
)

_TIME = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIZE = {"b": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30, "t": 1 << 40}
_TYPES = {"file": stat.S_ISREG, "directory": stat.S_ISDIR, "link": stat.S_ISLNK}


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    age = _quantity(task, "age", _TIME, "s")
    size = _quantity(task, "size", _SIZE, "b")
    wanted = _names(task, "patterns")
    unwanted = _names(task, "excludes")
    contains = _expression(task, args["contains"]) if args["contains"] else None
    found: List[Dict[str, Any]] = []
    skipped: Dict[str, str] = {}
    examined = 0
    now = time.time()
    for path in _walk(args, skipped):
        examined += 1
        name = os.path.basename(path)
        if (wanted and not wanted(name)) or (unwanted and unwanted(name)):
            continue
        try:
            info = os.lstat(path)
        except OSError:
            continue
        if args["file_type"] != "any" and not _TYPES[args["file_type"]](info.st_mode):
            continue
        if not _far_enough(age, now - getattr(info, "st_" + args["age_stamp"])):
            continue
        if stat.S_ISREG(info.st_mode):
            if not _far_enough(size, info.st_size):
                continue
            if contains and not _holds(path, contains, args["read_whole_file"]):
                continue
        elif contains:
            continue
        found.append(_entry(path, info, args["get_checksum"]))
        if args["limit"] and len(found) >= args["limit"]:
            break
    return {
        "changed": False,
        "files": found,
        "matched": len(found),
        "examined": examined,
        "skipped_paths": skipped,
        "msg": "All paths examined" if not skipped else "Not all paths examined",
    }


def _walk(args: Dict[str, Any], skipped: Dict[str, str]) -> Iterator[str]:
    for given in args["paths"]:
        root = given.rstrip("/") or "/"
        if not os.path.isdir(root):
            skipped[root] = f"'{root}' is not a directory"
            continue

        def failed(error: OSError) -> None:
            skipped[str(error.filename)] = str(error.strerror)

        for folder, directories, names in os.walk(root, onerror=failed, followlinks=args["follow"]):
            if not args["hidden"]:
                directories[:] = [name for name in directories if not name.startswith(".")]
                names[:] = [name for name in names if not name.startswith(".")]
            directories.sort()
            for name in sorted(directories + names):
                yield os.path.join(folder, name)
            depth = 1 if folder == root else len(os.path.relpath(folder, root).split("/")) + 1
            if not args["recurse"] or (args["depth"] and depth >= args["depth"]):
                directories[:] = []


def _quantity(task: ModuleTask, name: str, units: Dict[str, int], default: str) -> Optional[float]:
    text = task.args[name]
    if text is None:
        return None
    found = re.match(r"^(-?\d+)([a-z]?)$", text.strip().lower())
    if not found or (found.group(2) or default) not in units:
        raise task.fail(f"{name} '{text}' is not a number with one of {', '.join(units)}")
    return float(int(found.group(1)) * units[found.group(2) or default])


def _far_enough(limit: Optional[float], value: float) -> bool:
    if limit is None:
        return True
    return value >= limit if limit >= 0 else value <= -limit


def _expression(task: ModuleTask, text: str) -> "Pattern[str]":
    try:
        return re.compile(text, re.MULTILINE)
    except re.error as error:
        raise task.fail(f"'{text}' is not a regular expression: {error}") from None


def _names(task: ModuleTask, key: str) -> Optional[Callable[[str], bool]]:
    patterns = task.args[key]
    if not patterns:
        return None
    if task.args["use_regex"]:
        compiled = [_expression(task, pattern) for pattern in patterns]
        return lambda name: any(one.match(name) for one in compiled)
    return lambda name: any(fnmatch.fnmatchcase(name, one) for one in patterns)


def _holds(path: str, pattern: "Pattern[str]", whole: bool) -> bool:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            if whole:
                return bool(pattern.search(file.read()))
            return any(pattern.match(line) for line in file)
    except OSError:
        return False


def _entry(path: str, info: os.stat_result, checksum: bool) -> Dict[str, Any]:
    out = dict(
        files.describe(path),
        path=path,
        inode=info.st_ino,
        nlink=info.st_nlink,
        atime=info.st_atime,
        mtime=info.st_mtime,
        ctime=info.st_ctime,
        isdir=stat.S_ISDIR(info.st_mode),
        isreg=stat.S_ISREG(info.st_mode),
        islnk=stat.S_ISLNK(info.st_mode),
        pw_name=files.user_name(info.st_uid),
        gr_name=files.group_name(info.st_gid),
    )
    if checksum and out["isreg"]:
        try:
            out["checksum"] = files.digest(path)
        except OSError:
            out["checksum"] = None
    return out

"""Files by name, age, size and content."""

from __future__ import annotations

import fnmatch
import os
import re
import stat
import time
from typing import Any, Callable, Dict, Iterator, List, Optional, Pattern

from provision.agent import file_info, files, modes
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

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
        Param("encoding", "The encoding of the files that contains looks into."),
        Param("mode", "Only with these permissions, octal or symbolic.", type="raw"),
        Param(
            "exact_mode",
            "Exactly those of mode; false: at least those.",
            type="bool",
            default=True,
        ),
        Param("get_checksum", "Return a digest of each file.", type="bool", default=False),
        Param(
            "checksum_algorithm",
            "Which digest.",
            default="sha1",
            choices=files.ALGORITHMS,
            aliases=("checksum", "checksum_algo"),
        ),
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
    examined = [0]
    now = time.time()
    for path in _walk(args, skipped, examined):
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
        if args["mode"] is not None and not _permitted(args, info):
            continue
        if stat.S_ISREG(info.st_mode):
            if not _far_enough(size, info.st_size):
                continue
            if contains and not _holds(path, contains, args):
                continue
        elif contains:
            continue
        found.append(_entry(path, info, args))
        if args["limit"] and len(found) >= args["limit"]:
            break
    limited = args["limit"] and len(found) >= args["limit"]
    result = {
        "changed": False,
        "files": found,
        "matched": len(found),
        "examined": examined[0],
        "skipped_paths": skipped,
        "msg": "Limit of matches reached" if limited else "All paths examined",
    }
    if skipped:
        result["msg"] = "Not all paths examined, check warnings for details"
        result["warnings"] = [f"{path} was skipped: {why}" for path, why in skipped.items()]
    return result


def _walk(args: Dict[str, Any], skipped: Dict[str, str], examined: List[int]) -> Iterator[str]:
    """The paths to judge, a folder's files before the folders in it."""
    for given in args["paths"]:
        root = given.rstrip("/") or "/"
        if not os.path.isdir(root):
            skipped[root] = f"'{root}' is not a directory"
            continue

        def failed(error: OSError) -> None:
            skipped[str(error.filename)] = str(error.strerror)

        for folder, directories, names in os.walk(root, onerror=failed, followlinks=args["follow"]):
            examined[0] += len(directories) + len(names)
            directories.sort()
            for name in sorted(names) + directories:
                # What is in a hidden directory is not hidden itself.
                if args["hidden"] or not name.startswith("."):
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


def _permitted(args: Dict[str, Any], info: os.stat_result) -> bool:
    present = stat.S_IMODE(info.st_mode)
    wanted = modes.parse_mode(args["mode"], 0, stat.S_ISDIR(info.st_mode))
    return present == wanted if args["exact_mode"] else bool(present & wanted)


def _holds(path: str, pattern: "Pattern[str]", args: Dict[str, Any]) -> bool:
    errors = "surrogateescape" if args["encoding"] is None else "strict"
    try:
        with open(path, encoding=args["encoding"] or "utf-8", errors=errors) as file:
            if args["read_whole_file"]:
                return bool(pattern.search(file.read()))
            return any(pattern.match(line) for line in file)
    except LookupError:
        raise ModuleFailed(f"'{args['encoding']}' is not an encoding") from None
    except (OSError, ValueError):
        return False


def _entry(path: str, info: os.stat_result, args: Dict[str, Any]) -> Dict[str, Any]:
    out = file_info.properties(path, info)
    if args["get_checksum"] and out["isreg"]:
        try:
            out["checksum"] = files.digest(path, args["checksum_algorithm"])
        except OSError:
            out["checksum"] = None
    return out

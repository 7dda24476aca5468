"""What a path is."""

from __future__ import annotations

import os
from typing import Any, Dict

from provision.agent import file_info, files
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask
from provision.agent.which import which

SPEC = Spec(
    name="stat",
    summary="Tell what a path on the node is.",
    params=(
        Param("path", "The path.", type="path", required=True, aliases=("dest", "name")),
        Param("follow", "Follow a link at path.", type="bool", default=False),
        Param("get_checksum", "Digest a regular file's content.", type="bool", default=True),
        Param(
            "checksum_algorithm",
            "Which digest.",
            default="sha1",
            choices=files.ALGORITHMS,
            aliases=("checksum", "checksum_algo"),
        ),
        Param(
            "get_mime",
            "Ask the file program for the type of content.",
            type="bool",
            default=True,
            aliases=("mime", "mime_type", "mime-type"),
        ),
        Param(
            "get_attributes",
            "Ask lsattr for the file system's flags.",
            type="bool",
            default=True,
            aliases=("attr", "attributes"),
        ),
    ),
    returns=(("stat", "exists, mode, size, checksum, isdir and the other properties"),),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/stat_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    path = args["path"]
    try:
        info = os.stat(path) if args["follow"] else os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return {"changed": False, "stat": {"exists": False}}
    except OSError as error:
        raise task.fail(f"cannot look at {path}: {error.strerror}") from None
    out = {"exists": True, **file_info.properties(path, info)}
    out.update(
        block_size=info.st_blksize,
        blocks=info.st_blocks,
        device_type=info.st_rdev,
        readable=os.access(path, os.R_OK),
        writeable=os.access(path, os.W_OK),
        executable=os.access(path, os.X_OK),
    )
    if out["islnk"]:
        out["lnk_source"] = os.path.realpath(path)
        out["lnk_target"] = os.readlink(path)
    readable = out["isreg"] and out["readable"]
    if args["get_checksum"] and readable:
        out["checksum"] = files.digest(path, args["checksum_algorithm"])
    if args["get_mime"]:
        out.update(_mime(task, path))
    if args["get_attributes"]:
        out.update(_attributes(task, path))
    return {"changed": False, "stat": out}


def _mime(task: ModuleTask, path: str) -> Dict[str, str]:
    out = {"mimetype": "unknown", "charset": "unknown"}
    if which("file"):
        done = task.run(["file", "--brief", "--mime", path])
        if done.rc == 0 and ";" in done.stdout:
            kind, charset = done.stdout.strip().rsplit(";", 1)
            out = {"mimetype": kind.strip(), "charset": charset.split("=", 1)[-1].strip()}
    return out


def _attributes(task: ModuleTask, path: str) -> Dict[str, Any]:
    out: Dict[str, Any] = {"attr_flags": "", "attributes": [], "version": None}
    if which("lsattr"):
        done = task.run(["lsattr", "-vd", path])
        words = done.stdout.split()
        if done.rc == 0 and len(words) >= 2:
            flags = words[1].replace("-", "")
            out = {
                "version": words[0],
                "attr_flags": flags,
                "attributes": [_FLAGS[flag] for flag in flags if flag in _FLAGS],
            }
    return out


# The names of chattr(1).
_FLAGS = {
    "A": "noatime",
    "a": "append",
    "c": "compressed",
    "C": "nocow",
    "d": "nodump",
    "D": "dirsync",
    "e": "extents",
    "E": "encrypted",
    "F": "casefold",
    "h": "blocksize",
    "i": "immutable",
    "I": "indexed",
    "j": "journalled",
    "N": "inline",
    "P": "project",
    "s": "zero",
    "S": "synchronous",
    "t": "notail",
    "T": "topdir",
    "u": "undelete",
    "X": "compressedraw",
    "Z": "compresseddirty",
}

"""What a path is."""

from __future__ import annotations

import os
import stat
from shutil import which
from typing import Any, Dict

from provision.agent import files
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")

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
            choices=ALGORITHMS,
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

_BITS = (
    ("wusr", stat.S_IWUSR),
    ("rusr", stat.S_IRUSR),
    ("xusr", stat.S_IXUSR),
    ("wgrp", stat.S_IWGRP),
    ("rgrp", stat.S_IRGRP),
    ("xgrp", stat.S_IXGRP),
    ("woth", stat.S_IWOTH),
    ("roth", stat.S_IROTH),
    ("xoth", stat.S_IXOTH),
    ("isuid", stat.S_ISUID),
    ("isgid", stat.S_ISGID),
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
    out = _properties(path, info)
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


def _properties(path: str, info: os.stat_result) -> Dict[str, Any]:
    mode = info.st_mode
    out: Dict[str, Any] = {
        "exists": True,
        "path": path,
        "mode": f"0{stat.S_IMODE(mode):03o}",
        "isdir": stat.S_ISDIR(mode),
        "ischr": stat.S_ISCHR(mode),
        "isblk": stat.S_ISBLK(mode),
        "isreg": stat.S_ISREG(mode),
        "isfifo": stat.S_ISFIFO(mode),
        "islnk": stat.S_ISLNK(mode),
        "issock": stat.S_ISSOCK(mode),
        "uid": info.st_uid,
        "gid": info.st_gid,
        "pw_name": files.user_name(info.st_uid),
        "gr_name": files.group_name(info.st_gid),
        "size": info.st_size,
        "inode": info.st_ino,
        "dev": info.st_dev,
        "nlink": info.st_nlink,
        "atime": info.st_atime,
        "mtime": info.st_mtime,
        "ctime": info.st_ctime,
        "block_size": info.st_blksize,
        "blocks": info.st_blocks,
        "device_type": info.st_rdev,
        "readable": os.access(path, os.R_OK),
        "writeable": os.access(path, os.W_OK),
        "executable": os.access(path, os.X_OK),
    }
    out.update((name, bool(mode & bit)) for name, bit in _BITS)
    return out


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

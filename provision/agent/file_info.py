"""What results say about a path on the node."""

from __future__ import annotations

import grp
import os
import pwd
import stat
from typing import Any, Dict

from provision.agent import selinux

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


def user_name(uid: int) -> str:
    """The user's name, or the number as text if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """The group's name, or the number as text if it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def state_of(path: str) -> str:
    """absent, link, directory, hard (a file with several names) or file."""
    try:
        info = os.lstat(path)
    except OSError:
        return "absent"
    if stat.S_ISLNK(info.st_mode):
        return "link"
    if stat.S_ISDIR(info.st_mode):
        return "directory"
    return "hard" if info.st_nlink > 1 else "file"


def describe(path: str) -> Dict[str, Any]:
    """What results say about a path: uid, gid, owner, group, mode ("0644"), size, state.

    ``secontext`` too, where SELinux is on.
    """
    try:
        info = os.lstat(path)
    except OSError:
        return {"state": "absent"}
    out = {
        "uid": info.st_uid,
        "gid": info.st_gid,
        "owner": user_name(info.st_uid),
        "group": group_name(info.st_gid),
        "mode": f"0{stat.S_IMODE(info.st_mode):03o}",
        "size": info.st_size,
        "state": state_of(path),
    }
    context = selinux.context_of(path)
    return out if context is None else dict(out, secontext=context)


def properties(path: str, info: os.stat_result) -> Dict[str, Any]:
    """What ``stat`` and ``find`` say about a path alike."""
    mode = info.st_mode
    out: Dict[str, Any] = {
        "path": path,
        "mode": f"{stat.S_IMODE(mode):04o}",
        "isdir": stat.S_ISDIR(mode),
        "ischr": stat.S_ISCHR(mode),
        "isblk": stat.S_ISBLK(mode),
        "isreg": stat.S_ISREG(mode),
        "isfifo": stat.S_ISFIFO(mode),
        "islnk": stat.S_ISLNK(mode),
        "issock": stat.S_ISSOCK(mode),
        "uid": info.st_uid,
        "gid": info.st_gid,
        "pw_name": user_name(info.st_uid),
        "gr_name": group_name(info.st_gid),
        "size": info.st_size,
        "inode": info.st_ino,
        "dev": info.st_dev,
        "nlink": info.st_nlink,
        "atime": info.st_atime,
        "mtime": info.st_mtime,
        "ctime": info.st_ctime,
    }
    out.update((name, bool(mode & bit)) for name, bit in _BITS)
    return out

"""What the system's files say of a user account."""

from __future__ import annotations

import grp
import os
import pwd
from typing import List, NamedTuple, Optional, Set

SHADOW = "/etc/shadow"


class Shadow(NamedTuple):
    """A line of shadow(5): the hash, and days since 1970 or lengths in days ("" for none)."""

    password: str
    minimum: str
    maximum: str
    warning: str
    expires: str


def find(name: str) -> Optional[pwd.struct_passwd]:
    """The account of that name, if there is one."""
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def shadow(name: str) -> Optional[Shadow]:
    """The account's line in /etc/shadow; None if there is none or it may not be read."""
    try:
        with open(SHADOW, encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                fields = line.rstrip("\n").split(":")
                if fields[0] == name and len(fields) >= 8:
                    return Shadow(fields[1], fields[3], fields[4], fields[5], fields[7])
    except OSError:
        pass
    return None


def supplementary(name: str) -> Set[str]:
    """The groups that list the user as a member."""
    return {group.gr_name for group in grp.getgrall() if name in group.gr_mem}


def missing_groups(groups: List[str]) -> List[str]:
    """Which of these, given by name or number, do not exist."""
    return [group for group in groups if group_entry(group) is None]


def group_entry(group: str) -> Optional[grp.struct_group]:
    """A group by name or number."""
    try:
        return grp.getgrnam(group)
    except KeyError:
        pass
    try:
        return grp.getgrgid(int(group))
    except (KeyError, ValueError):
        return None


def default_umask_mode() -> int:
    """The mode that useradd gives a new home: HOME_MODE or UMASK of /etc/login.defs."""
    values = {"UMASK": 0o022}
    try:
        with open("/etc/login.defs") as file:
            for line in file:
                words = line.split()
                if len(words) >= 2 and words[0] in ("HOME_MODE", "UMASK"):
                    values[words[0]] = int(words[1], 8)
    except (OSError, ValueError):
        pass
    return values.get("HOME_MODE", 0o777 & ~values["UMASK"])


def own_tree(path: str, uid: int, gid: int) -> None:
    """Give a directory and all that it holds to a user."""
    os.chown(path, uid, gid)
    for folder, directories, names in os.walk(path):
        for name in directories + names:
            os.chown(os.path.join(folder, name), uid, gid, follow_symlinks=False)

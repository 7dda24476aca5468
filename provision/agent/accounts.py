"""What the system's files say of a user account."""

from __future__ import annotations

import grp
import os
import pwd
from typing import Iterator, List, NamedTuple, Optional, Set

PASSWD, GROUP, SHADOW = "/etc/passwd", "/etc/group", "/etc/shadow"


class Shadow(NamedTuple):
    """A line of shadow(5): the hash, and days since 1970 or lengths in days ("" for none)."""

    password: str
    minimum: str
    maximum: str
    warning: str
    inactive: str
    expires: str


def _lines(path: str) -> Iterator[List[str]]:
    """The fields of each line; none if the file may not be read."""
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                yield line.rstrip("\n").split(":")
    except OSError:
        pass


def find(name: str, local: bool = False) -> Optional[pwd.struct_passwd]:
    """The account of that name, if there is one.

    Parameters:
        local: look in /etc/passwd only, not in directories such as LDAP.
    """
    if local:
        for fields in _lines(PASSWD):
            if fields[0] == name and len(fields) == 7:
                numbers = int(fields[2]), int(fields[3])
                return pwd.struct_passwd((*fields[:2], *numbers, *fields[4:]))
        return None
    try:
        return pwd.getpwnam(name)
    except KeyError:
        return None


def shadow(name: str) -> Optional[Shadow]:
    """The account's line in /etc/shadow; None if there is none or it may not be read."""
    for fields in _lines(SHADOW):
        if fields[0] == name and len(fields) >= 8:
            return Shadow(fields[1], *fields[3:8])
    return None


def local_groups() -> Iterator[grp.struct_group]:
    """The groups of /etc/group."""
    for fields in _lines(GROUP):
        if len(fields) == 4 and fields[2].isdigit():
            members = [name for name in fields[3].split(",") if name]
            yield grp.struct_group((fields[0], fields[1], int(fields[2]), members))


def local_group(name: str) -> Optional[grp.struct_group]:
    """The group of that name in /etc/group."""
    return next((group for group in local_groups() if group.gr_name == name), None)


def supplementary(name: str, local: bool = False) -> Set[str]:
    """The groups that list the user as a member."""
    groups = local_groups() if local else grp.getgrall()
    return {group.gr_name for group in groups if name in group.gr_mem}


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

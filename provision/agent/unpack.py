"""Put an archive's members in place, only where they differ, and never outside ``dest``."""

from __future__ import annotations

import fnmatch
import os
import shutil
import stat
import tempfile
from typing import Any, List, Mapping, NamedTuple, Optional, Tuple

from provision.agent import permissions
from provision.agent.archives import Member
from provision.agent.task import ModuleFailed

_CHUNK = 1 << 20


class Options(NamedTuple):
    """How to unpack.

    Parameters:
        include, exclude: patterns of names; no include means all.
        strip: how many leading parts of each name to drop.
        keep_newer: leave files that are newer than the archive's.
        same_owner: give files to the owners that the archive names (root only).
        args: the module's mode, owner and group.
    """

    include: List[str]
    exclude: List[str]
    strip: int
    keep_newer: bool
    same_owner: bool
    args: Mapping[str, Any]


def options_from(extra: List[str], **known: Any) -> Options:
    """Options with ``extra_opts``' part of them read: those of tar and unzip that apply here.

    Raises:
        ModuleFailed: an option that is not known here.
    """
    words = [word for one in extra for word in one.split()]
    strip, exclude, same_owner = 0, list(known.pop("exclude")), True
    while words:
        option, equals, value = words.pop(0).partition("=")
        if option in ("--strip-components", "--strip", "--exclude") and not equals:
            value = words.pop(0) if words else ""
        if option in ("--strip-components", "--strip") and value.isdigit():
            strip = int(value)
        elif option == "--exclude" and value:
            exclude.append(value)
        elif option in ("--no-same-owner", "--same-owner"):
            same_owner = option == "--same-owner"
        elif option not in ("--wildcards", "--overwrite", "-o", "--no-same-permissions"):
            raise ModuleFailed(
                f"extra_opts: '{option}' is not supported; known are --strip-components, "
                "--exclude, --no-same-owner, --wildcards and --overwrite"
            )
    return Options(exclude=exclude, strip=strip, same_owner=same_owner, **known)


def place_of(member: Member, dest: str, options: Options) -> Optional[str]:
    """Where a member goes; None if it is not wanted.

    Raises:
        ModuleFailed: it would be outside ``dest``.
    """
    parts = [part for part in member.name.split("/") if part not in ("", ".")]
    name = "/".join(parts)
    if ".." in parts:
        raise ModuleFailed(f"the archive is not safe: '{member.name}' leads out of dest")
    if options.include and not _matches(name, options.include):
        return None
    if any(_matches("/".join(parts[start:]), options.exclude) for start in range(len(parts))):
        return None
    parts = parts[options.strip :]
    if not parts:
        return None
    path = os.path.join(dest, *parts)
    _check_inside(os.path.dirname(path), dest, member)
    return path


def _matches(name: str, patterns: List[str]) -> bool:
    """Whether the name, or a directory above it, is one of those."""
    parts = name.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts) + 1)]
    return any(fnmatch.fnmatchcase(one, _plain(pattern)) for pattern in patterns for one in above)


def _plain(pattern: str) -> str:
    return (pattern[2:] if pattern.startswith("./") else pattern).rstrip("/")


def _check_inside(folder: str, dest: str, member: Member) -> None:
    root = os.path.realpath(dest)
    if os.path.commonpath([root, os.path.realpath(folder)]) != root:
        raise ModuleFailed(
            f"the archive is not safe: '{member.name}' would be written through a link that "
            "leads out of dest"
        )


def differs(member: Member, path: str, options: Options, dest: str) -> bool:
    """Whether the path is not yet what the member says."""
    try:
        info = os.lstat(path)
    except OSError:
        return True
    if member.kind == "directory":
        # A link to a directory stands for it, as it does for tar.
        return not os.path.isdir(path) or _attributes_differ(member, path, info, options)
    if member.kind == "link":
        if not stat.S_ISLNK(info.st_mode) or os.readlink(path) != member.target:
            return True
        return permissions.apply(path, options.args, check=True, follow=False).changed
    if member.kind == "hard":
        target = hard_target(member, dest, options)
        return not os.path.exists(target) or not os.path.samefile(path, target)
    if not stat.S_ISREG(info.st_mode):
        return True
    if options.keep_newer and info.st_mtime > member.mtime:
        return False
    if info.st_size != member.size:
        return True
    if abs(info.st_mtime - member.mtime) >= 2 and not _same_content(member, path):
        return True
    return _attributes_differ(member, path, info, options)


def _same_content(member: Member, path: str) -> bool:
    with member.open() as one, open(path, "rb") as other:
        while True:
            left, right = one.read(_CHUNK), other.read(_CHUNK)
            if left != right:
                return False
            if not left:
                return True


def _attributes_differ(member: Member, path: str, info: os.stat_result, options: Options) -> bool:
    if permissions.apply(path, options.args, check=True).changed:
        return True
    if options.args["mode"] is None and member.kind == "file" and member.mode is not None:
        return stat.S_IMODE(info.st_mode) != member.mode
    return False


def write(member: Member, path: str, options: Options, dest: str) -> None:
    """Put one member in place. Raises ModuleFailed or OSError."""
    _parents(os.path.dirname(path), dest, options)
    if member.kind == "directory":
        if not os.path.isdir(path):
            if os.path.lexists(path):
                os.unlink(path)
            os.mkdir(path)
            _finish(member, path, options)
        permissions.apply(path, options.args, False)
        return
    if os.path.isdir(path) and not os.path.islink(path):
        raise ModuleFailed(f"{path} is a directory, and a file in the archive")
    if member.kind == "link":
        if os.path.lexists(path):
            os.unlink(path)
        os.symlink(member.target, path)
        permissions.apply(path, options.args, False, follow=False)
    elif member.kind == "hard":
        if os.path.lexists(path):
            os.unlink(path)
        os.link(hard_target(member, dest, options), path)
    elif member.kind == "file":
        _write_file(member, path, options)
    else:
        raise ModuleFailed(f"the archive is not safe: '{member.name}' is a device or a pipe")


def hard_target(member: Member, dest: str, options: Options) -> str:
    """The path a hard link's target has. Raises ModuleFailed if it is outside ``dest``."""
    named = member._replace(name=member.target)
    path = place_of(named, dest, options._replace(include=[], exclude=[]))
    if path is None:
        raise ModuleFailed(f"the archive's hard link '{member.name}' has no target")
    _check_inside(path, dest, member)
    return path


def _parents(folder: str, dest: str, options: Options) -> None:
    if os.path.isdir(folder):
        return
    _parents(os.path.dirname(folder), dest, options)
    os.mkdir(folder)
    permissions.apply(folder, dict(options.args, mode=None), False)


def _write_file(member: Member, path: str, options: Options) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".provision-", dir=os.path.dirname(path))
    try:
        with os.fdopen(handle, "wb") as file, member.open() as source:
            shutil.copyfileobj(source, file, _CHUNK)
        _finish(member, temporary, options)
        permissions.apply(temporary, options.args, False)
        os.utime(temporary, (member.mtime, member.mtime))
        os.replace(temporary, path)
    finally:
        if os.path.exists(temporary):
            os.unlink(temporary)


def _finish(member: Member, path: str, options: Options) -> None:
    """Mode and owner as the archive has them, before what the task says."""
    uid, gid = _owner(member) if options.same_owner and os.geteuid() == 0 else (-1, -1)
    if (uid, gid) != (-1, -1):
        os.chown(path, uid, gid)
    default = 0o755 if member.kind == "directory" else 0o644
    os.chmod(path, default if member.mode is None else member.mode)


def _owner(member: Member) -> Tuple[int, int]:
    uid = permissions.user_id(member.owner) if member.owner else None
    gid = permissions.group_id(member.group) if member.group else None
    return member.uid if uid is None else uid, member.gid if gid is None else gid

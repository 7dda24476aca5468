"""Mode, owner, flags and SELinux context of a path, as the parameters that files share say."""

from __future__ import annotations

import grp
import json
import os
import pwd
import stat
from typing import Any, Callable, Dict, Iterable, Mapping, NamedTuple, Optional, Tuple, Union

from provision.agent import chattr, files, modes, selinux
from provision.agent.spec import Param
from provision.agent.task import ModuleFailed

PARAMS = (
    Param(
        "mode",
        "Permissions: octal (quote it: '0644') or symbolic ('u=rw,g=r,o=r', 'u+x').",
        type="raw",
    ),
    Param("owner", "The owning user, by name or number."),
    Param("group", "The owning group, by name or number."),
    Param(
        "attributes",
        "The file system's flags, as chattr takes them: +i, -i, =i or i (the same).",
        aliases=("attr",),
    ),
    Param("seuser", "The user of its SELinux context; no effect where SELinux is off."),
    Param("serole", "The role of its SELinux context."),
    Param("setype", "The type of its SELinux context; _default is the policy's."),
    Param("selevel", "The level of its SELinux context."),
)


class Change(NamedTuple):
    """What applying permissions did or would do."""

    changed: bool
    before: Dict[str, Any]
    after: Dict[str, Any]


def user_id(owner: Union[str, int]) -> Optional[int]:
    """The number of a user given by name or number; None if there is no such user."""
    text = str(owner)
    if text.isdigit():
        return int(text)
    try:
        return pwd.getpwnam(text).pw_uid
    except KeyError:
        return None


def group_id(group: Union[str, int]) -> Optional[int]:
    """The number of a group given by name or number; None if there is no such group."""
    text = str(group)
    if text.isdigit():
        return int(text)
    try:
        return grp.getgrnam(text).gr_gid
    except KeyError:
        return None


def ids(args: Mapping[str, Any]) -> Tuple[int, int]:
    """The numbers of ``owner`` and ``group`` for files.replace; -1 where not given.

    Raises:
        ModuleFailed: there is no such user or group.
    """
    uid, gid = _wanted_ids(args)
    if uid is None:
        raise ModuleFailed(f"there is no user '{args['owner']}' to own the file")
    if gid is None:
        raise ModuleFailed(f"there is no group '{args['group']}' to own the file")
    return uid, gid


def _wanted_ids(args: Mapping[str, Any]) -> Tuple[Optional[int], Optional[int]]:
    """As ``ids``, with None for what does not exist."""
    owner, group = args.get("owner"), args.get("group")
    return (
        -1 if owner in (None, "") else user_id(str(owner)),
        -1 if group in (None, "") else group_id(str(group)),
    )


def new_mode(args: Mapping[str, Any], path: str) -> Optional[int]:
    """The bits a regular file about to be written should get; None to keep or default."""
    if args.get("mode") in (None, ""):
        return None
    try:
        current = stat.S_IMODE(os.stat(path).st_mode)
    except OSError:
        current = 0o666 & ~files.umask()
    return modes.parse_mode(args["mode"], current)


def apply(path: str, args: Mapping[str, Any], check: bool, follow: bool = True) -> Change:
    """Bring an existing path to ``mode``, ``owner`` and ``group``, where given.

    Parameters:
        check: only say what would change. An owner or group that does not exist yet is then
            taken to be what an earlier task would have made.
        follow: through a symbolic link.

    Raises:
        ModuleFailed: unknown user or group, not a mode, or not permitted.
    """
    info = os.stat(path) if follow else os.lstat(path)
    before: Dict[str, Any] = {}
    after: Dict[str, Any] = {}
    try:
        _apply_owner(path, args, check, follow, info, before, after)
        _apply_mode(path, args, check, follow, info, before, after)
        _apply_context(path, args, check, follow, before, after)
    except OSError as error:
        raise ModuleFailed(
            f"cannot set the mode or owner of {path}: {error.strerror}", path=path
        ) from None
    _apply_flags(path, args, check, info, before, after)
    return Change(bool(after), before, after)


def present(path: str, args: Mapping[str, Any]) -> Change:
    """What ``args`` say otherwise than what is there, or than what a new file would get."""
    if os.path.exists(path):
        return apply(path, args, check=True)
    default = 0o666 & ~files.umask()
    wanted = new_mode(args, path)
    uid, gid = ids(args)
    before: Dict[str, Any] = {}
    after: Dict[str, Any] = {}
    if wanted not in (None, default):
        before["mode"], after["mode"] = f"{default:04o}", f"{wanted:04o}"
    if uid not in (-1, os.geteuid()):
        before["owner"], after["owner"] = os.geteuid(), uid
    if gid not in (-1, os.getegid()):
        before["group"], after["group"] = os.getegid(), gid
    return Change(bool(after), before, after)


def replace(
    path: str,
    content: Union[bytes, str, Iterable[bytes]],
    args: Mapping[str, Any],
    check: Optional[Callable[[str], None]] = None,
) -> None:
    """Put a file in place whole, as files.replace does, with all that ``args`` say of it.

    Raises:
        ModuleFailed: it cannot be written, or the arguments cannot be followed.
    """
    context = selinux.context_of(path, follow=True)
    files.replace(
        path,
        content,
        mode=new_mode(args, path),
        owner=ids(args),
        check=check,
        unsafe_writes=bool(args.get("unsafe_writes")),
    )
    if context is not None and context != selinux.context_of(path):
        selinux.change(path, context, follow=True)
    apply(path, {name: args.get(name) for name in ("attributes", *selinux.PARTS)}, False)


def diff(path: str, change: Change) -> Dict[str, str]:
    """The ``diff`` of a change of permissions."""
    return {
        "before": json.dumps(change.before, indent=4, sort_keys=True) + "\n",
        "after": json.dumps(change.after, indent=4, sort_keys=True) + "\n",
        "before_header": path,
        "after_header": path,
    }


def _apply_owner(
    path: str,
    args: Mapping[str, Any],
    check: bool,
    follow: bool,
    info: os.stat_result,
    before: Dict[str, Any],
    after: Dict[str, Any],
) -> None:
    uid, gid = _wanted_ids(args) if check else ids(args)
    if uid not in (-1, info.st_uid):
        before["owner"], after["owner"] = info.st_uid, args["owner"] if uid is None else uid
    if gid not in (-1, info.st_gid):
        before["group"], after["group"] = info.st_gid, args["group"] if gid is None else gid
    if after and uid is not None and gid is not None and not check:
        os.chown(path, uid, gid, follow_symlinks=follow)


def _apply_mode(
    path: str,
    args: Mapping[str, Any],
    check: bool,
    follow: bool,
    info: os.stat_result,
    before: Dict[str, Any],
    after: Dict[str, Any],
) -> None:
    # Linux has no mode of a symbolic link itself.
    if args.get("mode") in (None, "") or stat.S_ISLNK(info.st_mode):
        return
    present = stat.S_IMODE(info.st_mode)
    bits = modes.parse_mode(args["mode"], present, stat.S_ISDIR(info.st_mode))
    if bits != present:
        before["mode"], after["mode"] = f"{present:04o}", f"{bits:04o}"
    # chown clears set-id bits, so the mode is set again after one.
    if not check and (bits != present or (after and bits & 0o6000)):
        os.chmod(path, bits)


def _apply_context(
    path: str,
    args: Mapping[str, Any],
    check: bool,
    follow: bool,
    before: Dict[str, Any],
    after: Dict[str, Any],
) -> None:
    if all(args.get(name) in (None, "") for name in selinux.PARTS):
        return
    present = selinux.context_of(path, follow)
    wanted = selinux.wanted(path, args, present)
    if wanted is not None and wanted != present:
        before["secontext"], after["secontext"] = present, wanted
        if not check:
            selinux.change(path, wanted, follow)


def _apply_flags(
    path: str,
    args: Mapping[str, Any],
    check: bool,
    info: os.stat_result,
    before: Dict[str, Any],
    after: Dict[str, Any],
) -> None:
    """Last: an immutable file takes nothing more. A link has no flags."""
    text = args.get("attributes")
    if text in (None, "") or stat.S_ISLNK(info.st_mode):
        return
    present = chattr.flags_of(path) or ""
    wanted = chattr.wanted(text, present)
    if set(wanted) != set(present):
        before["attributes"], after["attributes"] = present, text
        if not check:
            chattr.change(path, text)

"""Copy a directory on the node, as ``copy`` with ``remote_src`` does."""

from __future__ import annotations

import os
from typing import Any, Dict, List

from provision.agent import file_info, files, permissions
from provision.agent.task import ModuleTask


def copy(task: ModuleTask, src: str, dest: str) -> Dict[str, Any]:
    """Copy ``src`` into ``dest`` (under its own name, or only what it holds if it ends in /).

    Raises:
        ModuleFailed: something cannot be read or written.
    """
    root = dest if src.endswith("/") else os.path.join(dest, os.path.basename(src))
    if os.path.lexists(dest) and not os.path.isdir(dest):
        raise task.fail(f"cannot copy the directory {src} over {dest}, which is no directory")
    changed: List[str] = []
    for folder, directories, names in os.walk(src.rstrip("/") or "/"):
        relative = os.path.relpath(folder, src)
        target = os.path.normpath(os.path.join(root, relative))
        if not os.path.isdir(target):
            changed.append(target)
            if not task.check:
                make_directories(task, target)
        # os.walk lists links to directories as directories, but does not descend into them.
        links = [name for name in directories if os.path.islink(os.path.join(folder, name))]
        for name in names + links:
            if _copy_one(task, os.path.join(folder, name), os.path.join(target, name)):
                changed.append(os.path.join(target, name))
    result: Dict[str, Any] = {"changed": bool(changed), "src": src, "dest": dest}
    result.update(checksum=None, md5sum=None)
    return dict(result, **file_info.describe(dest))


def _copy_one(task: ModuleTask, src: str, dest: str) -> bool:
    if os.path.islink(src) and not task.args["local_follow"]:
        target = os.readlink(src)
        if os.path.islink(dest) and os.readlink(dest) == target:
            return False
        if not task.check:
            if os.path.lexists(dest):
                os.unlink(dest)
            os.symlink(target, dest)
        return True
    if not os.path.isfile(src):
        return False
    args = dict(task.args)
    if args["mode"] in (None, "preserve"):
        args["mode"] = os.stat(src).st_mode & 0o777
    if os.path.isfile(dest) and not os.path.islink(dest):
        if files.digest(src) == files.digest(dest):
            if task.args["mode"] is None:
                args["mode"] = None
            return permissions.apply(dest, args, task.check).changed
        if not args["force"]:
            return False
    if not task.check:
        if args["backup"] and os.path.isfile(dest):
            files.backup(dest)
        permissions.replace(dest, src, args)
    return True


def make_directories(task: ModuleTask, path: str) -> None:
    """Make a directory and its parents, with ``directory_mode``, owner and group."""
    args = dict(task.args, mode=task.args.get("directory_mode"))
    missing = []
    current = path.rstrip("/") or "/"
    while not os.path.isdir(current):
        missing.append(current)
        current = os.path.dirname(current) or "."
    for folder in reversed(missing):
        try:
            os.mkdir(folder)
        except OSError as error:
            raise task.fail(f"cannot make directory {folder}: {error.strerror}") from None
        permissions.apply(folder, args, False)

"""The node's half of ``copy`` and ``template``: put content in place."""

from __future__ import annotations

import os
import stat
from typing import Any, Dict, Iterator, Optional, Union

from provision.agent import copytree, file_info, files, permissions
from provision.agent.arriving import Arriving
from provision.agent.sha1 import sha1
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

SPEC = Spec(
    name="copy",
    summary="Copy a file or given content to the node.",
    params=(
        Param(
            "dest",
            "Where to put it; a directory, or a path that ends in /, takes src's name.",
            type="path",
            required=True,
        ),
        Param(
            "src",
            "The file or directory to copy: on the controller, on the node with remote_src.",
            type="path",
        ),
        Param("content", "The file's content itself, instead of src."),
        Param("remote_src", "src is on the node.", type="bool", default=False),
        *permissions.PARAMS,
        Param("directory_mode", "Permissions of directories made on the way.", type="raw"),
        files.BACKUP,
        Param("force", "Replace a file whose content differs.", type="bool", default=True),
        Param("follow", "Follow a link at dest.", type="bool", default=False),
        Param("local_follow", "Follow links on the controller.", type="bool", default=True),
        Param("decrypt", "Decrypt a vault file on the controller.", type="bool", default=True),
        files.VALIDATE,
        Param("checksum", "The SHA-1 of the content, in hex; what arrives must have it."),
        files.UNSAFE_WRITES,
        Param("size", "The content's bytes: set by the controller.", type="int"),
        Param("original_basename", "src's name: set by the controller."),
        Param(
            "content_follows",
            "Whether the content came along: set by the controller, which first asks "
            "whether the checksum is already there.",
            type="bool",
            default=False,
        ),
        Param(
            "files",
            "Several small files, whose contents came along one after another: set by the "
            "controller.",
            type="list",
            elements="dict",
        ),
    ),
    mutually_exclusive=(("src", "content"),),
    diff=True,
    returns=(
        ("dest", "the file"),
        ("src", "what was copied"),
        ("checksum", "the content's SHA-1"),
        ("md5sum", "its MD5, where it was written"),
        ("backup_file", "the copy of the previous file, if one was asked for"),
        ("mode", 'permissions, such as "0644"'),
        ("owner", "the user"),
        ("group", "the group"),
        ("uid", "the user's number"),
        ("gid", "the group's number"),
        ("size", "bytes"),
        ("state", "file"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/copy_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    if args["files"]:
        return _several(task)
    if args["remote_src"] and args["content"] is None:
        return _remote(task)
    content: Union[bytes, Arriving, None] = None
    if args["content"] is not None:
        content = args["content"].encode("utf-8", "surrogateescape")
    elif args["content_follows"]:
        # To be told apart from what is there before all of it has come, its checksum is needed.
        content = task.content if args["checksum"] and not task.diff else task.blob
    checksum = args["checksum"]
    if isinstance(content, bytes):
        found = sha1(content)
        if checksum and checksum != found:
            raise task.fail(
                f"the content's SHA-1 is {found}, not {checksum} as the task says",
                checksum=found,
                expected_checksum=checksum,
            )
        checksum = found
    if not checksum:
        raise task.fail("copy needs src or content")
    dest = _destination(task, args["original_basename"])
    return put(task, dest, checksum, content, args["original_basename"])


def _verified(task: ModuleTask, content: Arriving, checksum: str) -> Iterator[bytes]:
    """Content as it comes. Raises ModuleFailed at its end if it is not what was announced."""
    import hashlib

    found = hashlib.sha1()
    for chunk in content:
        found.update(chunk)
        yield chunk
    if found.hexdigest() != checksum:
        raise task.fail(
            f"what arrived has the SHA-1 {found.hexdigest()}, not {checksum}",
            checksum=found.hexdigest(),
            expected_checksum=checksum,
        )


def _several(task: ModuleTask) -> Dict[str, Any]:
    """One after another; only those that have something to tell are in the result."""
    told = []
    start = 0
    for given in task.args["files"]:
        end = start + given["size"]
        args = dict(task.args, files=None, **given)
        content = task.blob[start:end]
        start = end
        if _is_there(args, content):
            continue
        one = ModuleTask(args, task.check, task.diff, content, task.env, task.emit)
        try:
            result = run(one)
        except ModuleFailed as error:
            told.append(dict(error.result, failed=True, msg=error.message))
            break
        if result["changed"]:
            told.append(result)
    result = {"changed": any(each.get("changed") for each in told), "files": told}
    # What was sent behind them is not to be done any more.
    return dict(result, failed=True) if told and told[-1].get("failed") else result


def _is_there(args: Dict[str, Any], content: bytes) -> bool:
    """Whether a file is as it should be, seen in a quarter of the time that ``run`` takes."""
    dest = args["dest"]
    try:
        info = os.lstat(dest)
        if not stat.S_ISREG(info.st_mode) or info.st_size != len(content) or not args["force"]:
            return False
        handle = os.open(dest, os.O_RDONLY)
        try:
            same = os.read(handle, len(content) + 1) == content
        finally:
            os.close(handle)
        return same and not permissions.apply(dest, args, check=True).changed
    except (OSError, ModuleFailed):
        return False  # it is told where it is to be done


def _remote(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    src = args["src"]
    if src is None:
        raise task.fail("remote_src needs src")
    if not os.path.exists(src):
        if task.check:
            return {"changed": True, "src": src, "dest": args["dest"]}
        raise task.fail(f"the source {src} does not exist on the node", src=src)
    if os.path.isdir(src):
        return copytree.copy(task, src, args["dest"])
    if not os.access(src, os.R_OK):
        raise task.fail(f"the source {src} cannot be read", src=src)
    if args["mode"] == "preserve":
        args["mode"] = os.stat(src).st_mode & 0o7777
    checksum = files.digest(src)
    if args["checksum"] and args["checksum"] != checksum:
        raise task.fail(f"the SHA-1 of {src} is {checksum}, not {args['checksum']}")
    dest = _destination(task, os.path.basename(src))
    same = os.path.exists(dest) and os.path.samefile(src, dest)
    return put(task, dest, checksum, None if same else src, src)


def _destination(task: ModuleTask, name: Optional[str]) -> str:
    """The file that dest means, its folder made if dest says that it is one."""
    dest: str = task.args["dest"]
    folder = dest.endswith("/")
    if folder or os.path.isdir(dest):
        if not name:
            raise task.fail(f"dest {dest} is a directory; with content, dest must name a file")
        if folder and not os.path.isdir(dest) and not task.check:
            copytree.make_directories(task, dest)
        dest = os.path.join(dest, name)
    # A link that leads nowhere is replaced: there is nothing to follow it to.
    if task.args["follow"] and os.path.islink(dest) and os.path.exists(dest):
        dest = os.path.realpath(dest)
    if os.path.isdir(dest):
        raise task.fail(f"{dest} is a directory, not a file", dest=dest)
    return dest


def put(
    task: ModuleTask, dest: str, checksum: str, content: Any, source: Optional[str]
) -> Dict[str, Any]:
    """Make ``dest`` hold content, as the task's arguments say.

    Parameters:
        checksum: the content's SHA-1.
        content: bytes, the path of a file on the node, what is still arriving, or None where it
            has not come yet.
        source: where it comes from, for the result.

    Raises:
        ModuleFailed: it cannot be written.
    """
    args = task.args
    exists = os.path.isfile(dest)
    result: Dict[str, Any] = {
        "changed": False,
        "dest": dest,
        "path": dest,
        "src": source,
        "checksum": checksum,
    }
    if os.path.lexists(dest) and not exists and not os.path.islink(dest):
        raise task.fail(f"{dest} exists and is no regular file", dest=dest)
    if exists and not args["force"]:
        return {"changed": False, "dest": dest, "src": source, "msg": "file already exists"}
    replaced_link = os.path.islink(dest)
    present = exists and not replaced_link and _holds(dest, checksum, args.get("size"))
    if present:
        change = permissions.apply(dest, args, task.check)
        result["changed"] = change.changed
        if task.diff and change.changed:
            result["diff"] = permissions.diff(dest, change)
        return dict(result, **file_info.describe(dest))
    parent = files.existing_parent(task, dest)
    before = files.read_bytes(dest) if exists and task.diff else None
    if content is None:
        asked = {"changed": False, "need_content": True, "dest": dest}
        return dict(asked, before=files.shown(before)) if task.diff else asked
    result["changed"] = True
    if task.diff:
        after = content if isinstance(content, bytes) else files.read_bytes(content)
        result["diff"] = files.content_diff(dest, before, after, source)
    if not isinstance(content, Arriving):  # of that the controller knows it
        result["md5sum"] = files.md5sum(content)
    if task.check or not parent:
        return dict(result, **file_info.describe(dest))
    if args["backup"] and exists:
        result["backup_file"] = files.backup(dest)
    if isinstance(content, Arriving):
        content = _verified(task, content, checksum)
    permissions.replace(dest, content, args, files.validator(task, args["validate"]))
    return dict(result, **file_info.describe(dest))


def _holds(path: str, checksum: str, size: Optional[int]) -> bool:
    """Whether a file has this content, of which also the size may be known."""
    if size is not None and os.path.getsize(path) != size:
        return False
    return files.digest(path) == checksum

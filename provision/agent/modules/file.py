"""Files, directories and links: that they are there, or not, and whose they are."""

from __future__ import annotations

import json
import os
import time
from typing import Any, Dict, Iterator, Optional

from provision.agent import file_info, files, permissions
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="file",
    summary="Manage files, directories and links, and their permissions.",
    params=(
        Param("path", "What to manage.", type="path", required=True, aliases=("dest", "name")),
        Param(
            "state",
            "What it should be; by default what it is, or a directory with recurse.",
            choices=("absent", "directory", "file", "hard", "link", "touch"),
        ),
        *permissions.PARAMS,
        Param("src", "What a link points to.", type="path"),
        Param(
            "recurse",
            "Permissions for all that the directory holds; links in it are not followed.",
            type="bool",
            default=False,
        ),
        Param(
            "force",
            "Make a link though its target is missing, or in place of a file.",
            type="bool",
            default=False,
        ),
        Param("follow", "Follow a link at path.", type="bool", default=True),
        Param("modification_time", "'preserve', 'now' or a time in modification_time_format."),
        Param("modification_time_format", "strftime's notation.", default="%Y%m%d%H%M.%S"),
        Param("access_time", "'preserve', 'now' or a time in access_time_format."),
        Param("access_time_format", "strftime's notation.", default="%Y%m%d%H%M.%S"),
        files.UNSAFE_WRITES,
    ),
    diff=True,
    returns=(
        ("path", "what was managed"),
        ("dest", "the same, with state=link, hard and touch"),
        ("src", "what the link points to"),
        ("state", "what it is now"),
        ("mode", 'its permissions, such as "0644"'),
        ("owner", "its user"),
        ("group", "its group"),
        ("uid", "its user's number"),
        ("gid", "its group's number"),
        ("size", "bytes"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/file_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    path = args["path"].rstrip("/") or "/"
    before = file_info.state_of(path)
    state = args["state"]
    if state is None:
        state = "directory" if args["recurse"] else "file" if before == "absent" else before
    if args["recurse"] and state != "directory":
        raise task.fail("recurse needs state=directory", path=path)
    if args["src"] is not None and state not in ("link", "hard"):
        raise task.fail(f"src has no meaning with state={state}, only with link and hard")
    if state == "hard" and args["src"] and os.path.isdir(path):
        path = os.path.join(path, os.path.basename(args["src"]))
        before = file_info.state_of(path)
    elif args["follow"] and state in ("directory", "file") and before == "link":
        path = os.path.realpath(path)
        before = file_info.state_of(path)
    change = _Change(path, before)
    _STATES[state](task, path, before, change)
    return change.result(task, state)


class _Change:
    """What has changed so far, for the result and its diff."""

    def __init__(self, path: str, before: str) -> None:
        self.path = path
        self.changed = False
        self.before: Dict[str, Any] = {"path": path, "state": before}
        self.after: Dict[str, Any] = {"path": path, "state": before}

    def becomes(self, state: str) -> None:
        self.changed = True
        self.after["state"] = state

    def note(self, change: permissions.Change) -> None:
        self.changed = self.changed or change.changed
        self.before.update(change.before)
        self.after.update(change.after)

    def result(self, task: ModuleTask, state: str) -> Dict[str, Any]:
        described = file_info.describe(self.path)
        if task.check:
            described["state"] = self.after["state"]
        out = dict(described, changed=self.changed, path=self.path)
        if task.args["path"].rstrip("/") == self.path:
            out["path"] = task.args["path"]
        if state in ("link", "hard", "touch"):
            out["dest"] = self.path
        if state in ("link", "hard"):
            out["src"] = task.args["src"]
            followed = task.args["follow"] and os.path.exists(self.path)
            if state == "link" and out["src"] is None and followed:
                out["src"] = os.readlink(self.path)
        if task.diff:
            out["diff"] = {
                "before": json.dumps(self.before, indent=4, sort_keys=True) + "\n",
                "after": json.dumps(self.after, indent=4, sort_keys=True) + "\n",
                "before_header": self.path,
                "after_header": self.path,
            }
        return out


def _absent(task: ModuleTask, path: str, before: str, change: _Change) -> None:
    if before == "absent":
        return
    change.becomes("absent")
    if task.check:
        return
    try:
        if before == "directory":
            import shutil

            shutil.rmtree(path)
        else:
            os.unlink(path)
    except FileNotFoundError:
        pass
    except OSError as error:
        raise task.fail(f"cannot remove {error.filename or path}: {error.strerror}") from None


def _directory(task: ModuleTask, path: str, before: str, change: _Change) -> None:
    if before not in ("absent", "directory"):
        raise task.fail(f"{path} already exists as a {before}", path=path)
    if before == "absent":
        change.becomes("directory")
        if task.check:
            return
        made = ""
        for part in path.strip("/").split("/") if path.startswith("/") else path.split("/"):
            made = os.path.join(made or ("/" if path.startswith("/") else ""), part)
            if os.path.isdir(made):
                continue
            try:
                os.mkdir(made)
            except FileExistsError:
                if not os.path.isdir(made):
                    raise task.fail(f"{made} already exists and is no directory") from None
            except OSError as error:
                raise task.fail(f"cannot make directory {made}: {error.strerror}") from None
            permissions.apply(made, task.args, False)
    change.note(permissions.apply(path, task.args, task.check, task.args["follow"]))
    if task.args["recurse"]:
        for inner in _tree(path):
            done = permissions.apply(inner, task.args, task.check, follow=False)
            change.changed = change.changed or done.changed


def _tree(path: str) -> Iterator[str]:
    for folder, directories, names in os.walk(path):
        for name in directories + names:
            yield os.path.join(folder, name)


def _file(task: ModuleTask, path: str, before: str, change: _Change) -> None:
    if before == "absent" and task.check:
        # An earlier task would have made it.
        change.becomes("file")
        return
    if before not in ("file", "hard") and not os.path.isfile(path):
        raise task.fail(
            f"{path} is {'absent' if before == 'absent' else 'a ' + before}, cannot continue; "
            "state=touch makes an empty file, the copy module one with content",
            path=path,
            state=before,
        )
    _attributes(task, path, change)
    _times(task, path, change, default="preserve")


def _attributes(task: ModuleTask, path: str, change: _Change) -> None:
    """A link's go to what it points to, if that is there; with ``follow: false`` to itself."""
    follow = task.args["follow"]
    if os.path.exists(path) if follow else os.path.lexists(path):
        change.note(permissions.apply(path, task.args, task.check, follow))


def _touch(task: ModuleTask, path: str, before: str, change: _Change) -> None:
    if before == "absent":
        change.becomes("file")
        if task.check or not files.existing_parent(task, path):
            return
        try:
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o666))
        except OSError as error:
            raise task.fail(f"cannot make {path}: {error.strerror}") from None
    elif not os.path.exists(path):
        raise task.fail(
            f"{path} is a link to {os.path.realpath(path)}, which does not exist", path=path
        )
    _times(task, path, change, default="now")
    _attributes(task, path, change)


def _times(task: ModuleTask, path: str, change: _Change, default: str) -> None:
    args = task.args
    info = os.stat(path)
    now = time.time_ns()
    mtime = _time(task, args["modification_time"] or default, args["modification_time_format"])
    atime = _time(task, args["access_time"] or default, args["access_time_format"])
    wanted = (
        info.st_atime_ns if atime is None else now if atime < 0 else atime,
        info.st_mtime_ns if mtime is None else now if mtime < 0 else mtime,
    )
    if wanted != (info.st_atime_ns, info.st_mtime_ns):
        change.changed = True
        change.before.update(atime=info.st_atime_ns / 1e9, mtime=info.st_mtime_ns / 1e9)
        change.after.update(atime=wanted[0] / 1e9, mtime=wanted[1] / 1e9)
        if not task.check:
            os.utime(path, ns=wanted)


def _time(task: ModuleTask, text: str, layout: str) -> Optional[int]:
    """Nanoseconds since the epoch; None to preserve, -1 for now."""
    if text == "preserve":
        return None
    if text == "now":
        return -1
    try:
        return int(time.mktime(time.strptime(text, layout))) * 10**9
    except (ValueError, OverflowError):
        raise task.fail(f"the time '{text}' is not written as '{layout}'") from None


def _link(task: ModuleTask, path: str, before: str, change: _Change) -> None:
    args = task.args
    src = args["src"]
    if src is None:
        if before != "link":
            raise task.fail("src is required to make a link", path=path)
        src = os.readlink(path)
    target = os.path.join(os.path.dirname(path), src)
    missing = args["src"] is not None and not os.path.exists(target)
    if missing and not args["force"] and not task.check:
        raise task.fail(
            f"the link's target {target} does not exist; force=true makes the link all the same",
            path=path,
            src=src,
        )
    if before == "directory":
        if not args["force"] or os.listdir(path):
            why = "it is not empty" if args["force"] else "force is not set"
            raise task.fail(f"refusing to replace the directory {path} with a link: {why}")
    elif before in ("file", "hard") and not args["force"]:
        raise task.fail(f"refusing to replace the file {path} with a link: force is not set")
    if before != "link" or os.readlink(path) != src:
        change.becomes("link")
        change.before["src"] = os.readlink(path) if before == "link" else None
        change.after["src"] = src
        if task.check:
            return
        files.existing_parent(task, path)
        if before == "directory":
            os.rmdir(path)
        _put(task, path, lambda name: os.symlink(src, name))
    _attributes(task, path, change)


def _hard(task: ModuleTask, path: str, before: str, change: _Change) -> None:
    args = task.args
    src = args["src"]
    if src is None:
        if before != "hard":
            raise task.fail("src is required to make a hard link", path=path)
        src = path
    if not os.path.exists(src):
        if task.check:
            change.becomes("hard")
            return
        raise task.fail(f"the link's target {src} does not exist", path=path, src=src)
    if before == "directory":
        raise task.fail(f"refusing to replace the directory {path} with a hard link")
    other = before in ("file", "hard") and not os.path.samefile(src, path)
    if other and not args["force"]:
        raise task.fail(f"refusing to replace {path} with a hard link: force is not set")
    if before in ("absent", "link") or other:
        change.becomes("hard")
        if task.check:
            return
        files.existing_parent(task, path)
        _put(task, path, lambda name: os.link(src, name))
    _attributes(task, path, change)


def _put(task: ModuleTask, path: str, make: Any) -> None:
    """Make a link beside its place, then move it there, so that the name never vanishes."""
    temporary = os.path.join(os.path.dirname(path), f".provision-{os.getpid()}.tmp")
    try:
        make(temporary)
        os.replace(temporary, path)
    except OSError as error:
        if os.path.lexists(temporary):
            os.unlink(temporary)
        raise task.fail(f"cannot link {path}: {error.strerror}") from None


_STATES = {
    "absent": _absent,
    "directory": _directory,
    "file": _file,
    "hard": _hard,
    "link": _link,
    "touch": _touch,
}

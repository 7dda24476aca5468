"""Runs modules that are none of the agent's own, each in a process of its own.

One written for Ansible's Python library comes as a zip of all it imports, which is kept in
``~/.cache/provision/modules-HASH`` like the agent itself; any other is a program that comes with
each call. Parameters reach the first over stdin, the second in a file that only its user can read.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
import time
from typing import Any, Dict, List, Optional, Set, Tuple

from provision.agent import loader, process
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

KEPT = 30 * 24 * 3600
"""Seconds after its last use for which a module's folder is kept."""
PREFIX = "modules-"

SPEC = Spec(
    name="foreign",
    summary="Run a module that is none of provision's own.",
    diff=True,
    params=(
        Param("name", "The module's import name."),
        Param("bundle", "The hash of its files."),
        Param("checksum", "Their checksum, once unpacked."),
        Param("params", "Its parameters.", type="dict", secret=True),
        Param("interpreter", "Words before a program's name.", type="list", elements="str"),
        Param("arguments", "The content of a program's file of arguments.", secret=True),
    ),
    returns=(
        ("rc", "its exit status"),
        ("module_stdout", "what it printed"),
        ("module_stderr", "its errors"),
        ("need_content", "the files are not here: call again with them"),
    ),
)

_intact: Set[str] = set()


def run(task: ModuleTask) -> Dict[str, Any]:
    private = tempfile.mkdtemp(prefix="provision-")
    temporary = None
    try:
        if task.args["name"] is None:
            command, stdin = _program(task, private), None
        else:
            folder, temporary = _folder(task)
            if folder is None:
                return {"changed": False, "need_content": True}
            params = dict(task.args["params"], _ansible_tmpdir=private)
            command = [sys.executable, folder]
            stdin = json.dumps({"name": task.args["name"], "params": params})
        try:
            rc, out, err = process.run(command, None, stdin, task.env, None, lambda text: None)
        except OSError as error:
            raise task.fail(
                "cannot run {}: {}".format(command[0], error.strerror or error), rc=2
            ) from None
    finally:
        for path in (private, temporary):
            if path:
                shutil.rmtree(path, ignore_errors=True)
    return {"changed": False, "rc": rc, "module_stdout": out, "module_stderr": err}


def _program(task: ModuleTask, private: str) -> List[str]:
    path, arguments = os.path.join(private, "module"), os.path.join(private, "arguments")
    for name, content, mode in (
        (path, task.blob, 0o700),
        (arguments, task.args["arguments"].encode("utf-8", "surrogateescape"), 0o600),
    ):
        with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
            file.write(content)
    words = [word or sys.executable for word in task.args["interpreter"] or []]
    return [*words, path, arguments]


def _folder(task: ModuleTask) -> Tuple[Optional[str], Optional[str]]:
    """Where the module is unpacked, and what to remove afterwards; None if it is not here."""
    parent = loader.cache_directory()
    final = parent and os.path.join(parent, PREFIX + task.args["bundle"])
    if final and _is_intact(final, task.args["checksum"]):
        return final, None
    if not task.blob:
        return None, None
    if parent and final:
        try:
            loader.install(task.blob, final, task.args["checksum"])
            _prune(parent)
            if _is_intact(final, task.args["checksum"]):
                return final, None
        except OSError:
            pass
    scratch = loader.scratch(task.blob)
    return scratch, scratch


def _is_intact(path: str, checksum: str) -> bool:
    if path not in _intact or not os.path.isdir(path):
        if not loader.intact(path, checksum):
            return False
        _intact.add(path)
    try:
        os.utime(path, None)
    except OSError:
        pass
    return True


def _prune(parent: str) -> None:
    for name in os.listdir(parent):
        path = os.path.join(parent, name)
        try:
            unused = name.startswith(PREFIX) and os.stat(path).st_mtime < time.time() - KEPT
        except OSError:
            continue
        if unused:
            shutil.rmtree(path, ignore_errors=True)

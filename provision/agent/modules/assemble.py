"""A file put together from the fragments in a directory."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, Iterable, List, Optional

from provision.agent import files, permissions
from provision.agent.modules import copy
from provision.agent.sha1 import sha1
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

SPEC = Spec(
    name="assemble",
    summary="Put a file together from the fragments in a directory, in the order of their names.",
    params=(
        Param("src", "The directory of fragments.", type="path", required=True),
        Param("dest", "The file to make.", type="path", required=True),
        Param("delimiter", "What goes between fragments, on lines of its own; \\n is a newline."),
        Param("remote_src", "src is on the node.", type="bool", default=True),
        Param("regexp", "Only fragments whose names this matches."),
        Param("ignore_hidden", "Not names that start with a dot.", type="bool", default=False),
        Param("decrypt", "Decrypt vault files of the controller.", type="bool", default=True),
        *permissions.PARAMS,
        files.BACKUP,
        files.VALIDATE,
        files.UNSAFE_WRITES,
    ),
    diff=True,
    returns=copy.SPEC.returns,
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/assemble_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    src = args["src"]
    if not os.path.isdir(src):
        what = "is no directory" if os.path.exists(src) else "does not exist"
        raise task.fail(f"the directory of fragments {src} {what}", src=src)
    names = chosen(os.listdir(src), args["regexp"], args["ignore_hidden"])
    paths = [os.path.join(src, name) for name in names]
    content = joined(
        (files.read_bytes(path) for path in paths if os.path.isfile(path)), args["delimiter"]
    )
    dest = args["dest"]
    if os.path.isdir(dest):
        raise task.fail(f"{dest} is a directory, not a file", dest=dest)
    task.args = dict(args, force=True)
    result = copy.put(task, dest, sha1(content), content, src)
    return dict({"msg": "OK"}, **result)


def chosen(names: Iterable[str], pattern: Optional[str], no_hidden: bool) -> List[str]:
    """The names of the fragments, in order.

    Raises:
        ModuleFailed: ``pattern`` is not a regular expression.
    """
    try:
        wanted = re.compile(pattern or "")
    except re.error as error:
        raise ModuleFailed(f"regexp is not a regular expression: {error}") from None
    return sorted(
        name for name in names if wanted.search(name) and not (no_hidden and name.startswith("."))
    )


def joined(fragments: Iterable[bytes], delimiter: Optional[str]) -> bytes:
    """The fragments one after another, each begun on a line of its own."""
    between = (delimiter or "").encode().decode("unicode-escape").encode()
    out: List[bytes] = []
    for fragment in fragments:
        if out and not out[-1].endswith(b"\n"):
            out.append(b"\n")
        if out and between:
            out.append(between)
            if not between.endswith(b"\n"):
                out.append(b"\n")
        out.append(fragment)
    return b"".join(out)

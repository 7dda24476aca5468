"""Read a file from the node."""

from __future__ import annotations

import base64
import os
from typing import Any, Dict

from provision.agent import files
from provision.agent.sha1 import sha1
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="slurp",
    summary="Read a file from the node.",
    params=(
        Param("src", "The file.", type="path", required=True, aliases=("path",)),
        Param(
            "as_blob",
            "Send the content as raw bytes beside the result: set by the controller (fetch).",
            type="bool",
            default=False,
        ),
    ),
    returns=(
        ("content", "the content, in base64"),
        ("encoding", "base64"),
        ("source", "the file"),
        ("checksum", "the content's SHA-1, where it is sent as bytes"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/slurp_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    path = task.args["src"]
    if os.path.isdir(path):
        raise task.fail(f"{path} is a directory and cannot be read as a file", source=path)
    content = files.read_bytes(path)
    result = {"changed": False, "source": path}
    if task.args["as_blob"]:
        task.reply_blob = content
        return dict(result, checksum=sha1(content), size=len(content))
    return dict(result, content=base64.b64encode(content).decode(), encoding="base64")

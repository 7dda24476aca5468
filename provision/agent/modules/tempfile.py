"""A temporary file or directory."""

from __future__ import annotations

import os
import tempfile
from typing import Any, Dict

from provision.agent import file_info
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="tempfile",
    summary="Make a temporary file or directory on the node (mode 0600 or 0700).",
    params=(
        Param("state", "Which of the two.", default="file", choices=("file", "directory")),
        Param("path", "Where; by default the system's directory for it.", type="path"),
        Param("prefix", "How its name starts.", default="ansible."),
        Param("suffix", "How its name ends.", default=""),
    ),
    check_mode=False,
    returns=(("path", "what was made"), ("state", "file or directory")),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/tempfile_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    try:
        if args["state"] == "directory":
            path = tempfile.mkdtemp(args["suffix"], args["prefix"], args["path"])
        else:
            handle, path = tempfile.mkstemp(args["suffix"], args["prefix"], args["path"])
            os.close(handle)
    except OSError as error:
        raise task.fail(f"cannot make a temporary {args['state']}: {error}") from None
    return dict(file_info.describe(path), changed=True, path=path)

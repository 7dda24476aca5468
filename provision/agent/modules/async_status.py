"""Ask after a job that ``async`` with ``poll: 0`` left behind."""

from __future__ import annotations

import json
import os
from typing import Any, Dict

from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="async_status",
    summary="Ask what has become of a task that was started with async and poll: 0.",
    params=(
        Param("jid", "The job: the started task's ansible_job_id.", required=True),
        Param(
            "mode",
            "cleanup removes the job's result instead of giving it.",
            default="status",
            choices=("status", "cleanup"),
        ),
        Param("_async_dir", "Where results are.", type="path", default="~/.ansible_async"),
    ),
    returns=(
        ("ansible_job_id", "the job"),
        ("started", "whether it has begun"),
        ("finished", "whether it has ended; then the task's own result is there too"),
        ("results_file", "the file that its result is in"),
        ("erased", "the file that was removed"),
        ("stdout", "what it wrote to standard output"),
        ("stderr", "what it wrote to standard error"),
    ),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/async_status_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    jid, cleanup = task.args["jid"], task.args["mode"] == "cleanup"
    path = os.path.join(task.args["_async_dir"], jid)
    result: Dict[str, Any] = {
        "changed": False,
        "ansible_job_id": jid,
        "started": not cleanup,
        "finished": False,
        "stdout": "",
        "stderr": "",
        "stdout_lines": [],
        "stderr_lines": [],
    }
    result["erased" if cleanup else "results_file"] = path
    try:
        if cleanup:
            os.unlink(path)
        else:
            with open(path, encoding="utf-8", errors="surrogateescape") as file:
                found = json.load(file)
    except FileNotFoundError:
        raise task.fail("could not find job", **dict(result, started=True, finished=True)) from None
    except ValueError:  # not whole yet
        return result
    if not cleanup:
        result.update(found, finished=found.get("finished", "started" not in found))
    return result

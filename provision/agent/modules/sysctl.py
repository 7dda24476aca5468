"""Kernel parameters."""

from __future__ import annotations

import os
import re
from typing import Any, Dict, Optional

from provision.agent import editing, files
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="sysctl",
    collection="ansible.posix",
    summary="Set kernel parameters, in a file of sysctl.d and, with sysctl_set, at once.",
    params=(
        Param(
            "name", "The parameter, such as net.ipv4.ip_forward.", required=True, aliases=("key",)
        ),
        Param("value", "Its value.", aliases=("val",)),
        Param("state", "Whether it is set.", default="present", choices=("absent", "present")),
        Param("sysctl_file", "The file.", type="path", default="/etc/sysctl.conf"),
        Param("sysctl_set", "Set it in the kernel too.", type="bool", default=False),
        Param("reload", "Load the file if it has changed.", type="bool", default=True),
        Param("ignoreerrors", "Pass over unknown parameters.", type="bool", default=False),
    ),
    required_if=(("state", "present", ("value",)),),
    diff=True,
    returns=(("name", "the parameter"), ("value", "its value")),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/posix/sysctl_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    value: Optional[str] = None
    if args["state"] == "present":
        value = _normal(_kernel_word(args["value"]))
    path = os.path.realpath(args["sysctl_file"])
    before = files.read_bytes(path).decode() if os.path.exists(path) else ""
    after = _edit(before, args["name"], value)
    result: Dict[str, Any] = {"changed": after != before, "name": args["name"], "value": value}
    if task.diff and after != before:
        result["diff"] = files.content_diff(path, before.encode(), after.encode())
    if after != before and not task.check:
        files.existing_parent(task, path)
        files.replace(path, after.encode())
    if value is not None and args["sysctl_set"] and _set(task, args["name"], value):
        result["changed"] = True
    if after != before and args["reload"] and not task.check:
        _reload(task, path)
    return result


def _kernel_word(value: str) -> str:
    # YAML's booleans mean the kernel's 0 and 1.
    return {"true": "1", "yes": "1", "false": "0", "no": "0"}.get(value.lower(), value)


def _normal(value: str) -> str:
    return " ".join(value.split())


def _key(text: str) -> str:
    return text.strip().lstrip("-").replace("/", ".")


def _edit(text: str, name: str, value: Optional[str]) -> str:
    out, placed = [], False
    for line in editing.lines_of(text):
        found = re.match(r"^\s*([^#;=\s][^=]*?)\s*=\s*(.*)$", line.rstrip("\n"))
        if not found or _key(found.group(1)) != _key(name):
            out.append(line)
        elif value is not None and not placed:
            placed = True
            same = _normal(found.group(2)) == value
            out.append(line if same else f"{name}={value}\n")
    if value is not None and not placed:
        if out and not out[-1].endswith("\n"):
            out[-1] += "\n"
        out.append(f"{name}={value}\n")
    return "".join(out)


def _set(task: ModuleTask, name: str, value: str) -> bool:
    path = "/proc/sys/" + (name if "/" in name else name.replace(".", "/"))
    try:
        with open(path) as file:
            if _normal(file.read()) == value:
                return False
        if not task.check:
            with open(path, "w") as file:
                file.write(value + "\n")
    except OSError as error:
        if task.args["ignoreerrors"]:
            return False
        if task.check and isinstance(error, FileNotFoundError):
            return True
        why = error.strerror
        if isinstance(error, FileNotFoundError):
            why = "the kernel does not know it; is a kernel module to be loaded first?"
        raise task.fail(f"cannot set {name} to {value}: {why}", name=name) from None
    return True


def _reload(task: ModuleTask, path: str) -> None:
    command = ["sysctl", "-q", "-p", path]
    done = task.run([*command[:1], "-e", *command[1:]] if task.args["ignoreerrors"] else command)
    if done.rc != 0:
        raise task.fail(f"{' '.join(command)} failed: {done.stderr.strip()}", rc=done.rc)

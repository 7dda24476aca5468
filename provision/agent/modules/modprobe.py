"""Kernel modules."""

from __future__ import annotations

import os
import shlex
from shutil import which
from typing import Any, Dict

from provision.agent import files
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="modprobe",
    collection="community.general",
    summary="Load or unload kernel modules, now and at boot.",
    params=(
        Param("name", "The module.", required=True),
        Param("state", "Whether it is loaded.", default="present", choices=("absent", "present")),
        Param("params", "Its parameters.", default=""),
        Param(
            "persistent",
            "Whether it is loaded at boot: present and absent write or remove the files for it.",
            default="disabled",
            choices=("absent", "disabled", "present"),
        ),
    ),
    returns=(("name", "the module"), ("state", "present or absent"), ("params", "its parameters")),
    source="https://docs.ansible.com/ansible/latest/collections/community/general/modprobe_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    name, state = args["name"], args["state"]
    result = {"changed": False, "name": name, "state": state, "params": args["params"]}
    loaded = _loaded(name)
    if loaded != (state == "present"):
        result["changed"] = True
        if not task.check:
            _modprobe(task, name, state == "present")
    if args["persistent"] != "disabled" and _persist(task):
        result["changed"] = True
    return result


def _modprobe(task: ModuleTask, name: str, load: bool) -> None:
    command = ["modprobe", name, *shlex.split(task.args["params"])] if load else []
    what = f"cannot {'load' if load else 'unload'} the kernel module {name}"
    if which("modprobe") is None:
        raise task.fail(f"{what}: there is no modprobe on the node (package kmod)", name=name)
    done = task.run(command or ["modprobe", "-r", name])
    if done.rc != 0:
        said = (done.stderr or done.stdout).strip()
        raise task.fail(
            f"{what}: {said}; in a container the host must do it", rc=done.rc, name=name
        )


def _loaded(name: str) -> bool:
    plain = name.replace("-", "_")
    try:
        with open("/proc/modules") as file:
            if any(line.split(None, 1)[0] == plain for line in file):
                return True
    except FileNotFoundError:
        # A kernel without loadable modules has all of its own built in.
        return os.path.isdir(f"/sys/module/{plain}")
    builtin = f"/lib/modules/{os.uname().release}/modules.builtin"
    try:
        with open(builtin) as file:
            names = [os.path.basename(line.strip()) for line in file]
    except OSError:
        # Without the list, what is in /sys but not in /proc/modules is built in.
        return os.path.isdir(f"/sys/module/{plain}")
    return any(entry.split(".ko")[0].replace("-", "_") == plain for entry in names)


def _persist(task: ModuleTask) -> bool:
    args = task.args
    name = args["name"]
    keep = args["persistent"] == "present"
    options = f"options {name} {args['params']}\n" if keep and args["params"] else ""
    changed = False
    for path, wanted in (
        (f"/etc/modules-load.d/{name}.conf", f"{name}\n" if keep else ""),
        (f"/etc/modprobe.d/{name}.conf", options),
    ):
        present = files.read_bytes(path).decode() if os.path.exists(path) else ""
        if present == wanted:
            continue
        changed = True
        if task.check:
            continue
        os.makedirs(os.path.dirname(path), exist_ok=True)
        if wanted:
            files.replace(path, wanted.encode(), mode=0o644)
        else:
            os.unlink(path)
    return changed

"""Gather facts."""

from __future__ import annotations

import fnmatch
from typing import Any, Dict, List

from provision.agent import facts
from provision.agent.facts import local, subsets
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="setup",
    summary="Gather facts about the node.",
    params=(
        Param(
            "gather_subset",
            "all, min, hardware, network, virtual, mounts, ...; ``!name`` leaves one out.",
            type="list",
            elements="str",
            default=["all"],
        ),
        Param(
            "filter",
            "Shell patterns of the facts to return, with or without the ansible_ prefix.",
            type="list",
            elements="str",
            default=[],
        ),
        Param(
            "gather_timeout",
            "Seconds to wait for programs and file servers that facts are asked of.",
            type="int",
            default=10,
        ),
        Param("fact_path", "Folder of local facts.", type="path", default=local.DIRECTORY),
    ),
    returns=(("ansible_facts", "the facts, each with the prefix ansible_; gather_subset too"),),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/setup_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    chosen = subsets.chosen(args["gather_subset"])
    own = local.Local({}, [])
    if "local" in chosen:
        own = local.collect(args["fact_path"], lambda path: task.run([path]))
    found = facts.collect(chosen, float(args["gather_timeout"]), own.facts)
    if "env" in found:
        found["env"].update(task.env)
    result: Dict[str, Any] = {"changed": False}
    result["ansible_facts"] = _filtered(
        {"ansible_" + name: value for name, value in found.items()}, args["filter"]
    )
    if not any(args["filter"]):
        result["ansible_facts"].update(gather_subset=args["gather_subset"], module_setup=True)
    if own.warnings:
        result["warnings"] = own.warnings
    return result


def _filtered(found: Dict[str, Any], patterns: List[str]) -> Dict[str, Any]:
    wanted = [pattern for pattern in patterns if pattern]
    if not wanted:
        return found
    return {
        name: value
        for name, value in found.items()
        if any(
            fnmatch.fnmatchcase(written, pattern)
            for pattern in wanted
            for written in (name, name[len("ansible_") :])
        )
    }

"""Gather facts."""

from __future__ import annotations

import fnmatch
from typing import Any, Dict, FrozenSet, List, Set

from provision.agent import facts
from provision.agent.facts import local
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleFailed, ModuleTask

SPEC = Spec(
    name="setup",
    summary="Gather facts about the node.",
    params=(
        Param(
            "gather_subset",
            "all, min, hardware, network, virtual; ``!name`` leaves one out.",
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
            "Seconds; taken for compatibility, facts are read from files and do not block.",
            type="int",
            default=10,
        ),
        Param("fact_path", "Folder of local facts.", type="path", default=local.DIRECTORY),
    ),
    returns=(("ansible_facts", "the facts, each with the prefix ansible_"),),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/setup_module.html",
)

# What else Ansible calls subsets, and where their facts are here.
WITHIN = {
    **dict.fromkeys(["devices", "dmi", "mounts"], "hardware"),
    **dict.fromkeys(["interfaces", "default_ipv4", "default_ipv6", "dns"], "network"),
    **dict.fromkeys(
        [
            "apparmor",
            "caps",
            "cmdline",
            "date_time",
            "distribution",
            "env",
            "facter",
            "fips",
            "local",
            "lsb",
            "ohai",
            "pkg_mgr",
            "platform",
            "python",
            "selinux",
            "service_mgr",
            "ssh_pub_keys",
            "user",
        ],
        facts.MINIMAL,
    ),
}


def run(task: ModuleTask) -> Dict[str, Any]:
    found = facts.collect(chosen(task.args["gather_subset"]))
    if "local" in found:
        found["local"] = local.collect(task.args["fact_path"], lambda path: task.run([path]).stdout)
    prefixed = {"ansible_" + name: value for name, value in found.items()}
    patterns = [
        pattern if pattern.startswith("ansible_") else "ansible_" + pattern
        for pattern in task.args["filter"]
        if pattern
    ]
    if patterns:
        prefixed = {
            name: value
            for name, value in prefixed.items()
            if any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
        }
    return {"changed": False, "ansible_facts": prefixed}


def chosen(words: List[str]) -> FrozenSet[str]:
    """The subsets meant by gather_subset. ``!all`` stands for none beyond the minimum.

    Raises:
        ModuleFailed: a word that is no subset.
    """
    wanted: Set[str] = set()
    unwanted: Set[str] = set()
    everything = all(word.startswith("!") for word in words) and "!all" not in words
    for word in words:
        name = word.lstrip("!")
        if name == "all":
            everything = everything or word == name
        elif name in facts.SUBSETS or name in WITHIN:
            (unwanted if word.startswith("!") else wanted).add(WITHIN.get(name, name))
        else:
            known = ", ".join(["all", *sorted(facts.SUBSETS), *sorted(WITHIN)])
            raise ModuleFailed("gather_subset: there is no '{}'; known: {}".format(name, known))
    wanted.update(facts.SUBSETS if everything else [facts.MINIMAL])
    return frozenset(wanted - unwanted)

"""The packages there are, as facts."""

from __future__ import annotations

from typing import Any, Dict, List

from provision.agent import dpkg
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="package_facts",
    summary="Tell which packages are installed, as the fact packages.",
    params=(
        Param(
            "manager",
            "Which package manager.",
            type="list",
            elements="str",
            default=["auto"],
            choices=("auto", "apt"),
        ),
        Param("strategy", "With several.", default="first", choices=("first", "all")),
    ),
    returns=(("ansible_facts", "packages: name -> list of name, version, arch, category, source"),),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/package_facts_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    found: Dict[str, List[Dict[str, str]]] = {}
    for package in dpkg.packages():
        if package.installed:
            found.setdefault(package.name, []).append(
                {
                    "name": package.name,
                    "version": package.version,
                    "arch": package.architecture,
                    "category": package.section,
                    "source": "apt",
                }
            )
    return {"changed": False, "ansible_facts": {"packages": found}}

"""The services there are, as facts."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.spec import Spec
from provision.agent.systemd import Systemd
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="service_facts",
    summary="Tell which services there are, as the fact services.",
    returns=(("ansible_facts", "services: name -> name, state, status, source"),),
    source="https://docs.ansible.com/ansible/latest/collections/ansible/builtin/service_facts_module.html",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    manager = Systemd(task)
    listing = ("--no-pager", "--no-legend", "--plain", "--all", "--type=service")
    loaded = manager.control("list-units", *listing)
    if loaded.rc != 0:
        raise task.fail(f"systemctl list-units failed: {loaded.stderr.strip()}", rc=loaded.rc)
    services: Dict[str, Dict[str, str]] = {}
    for line in loaded.stdout.splitlines():
        words = line.split()
        if len(words) < 4 or not words[0].endswith(".service"):
            continue
        name, load, active, sub = words[:4]
        state = "running" if sub == "running" else "stopped"
        if active == "failed":
            state = "failed"
        services[name] = {
            "name": name,
            "state": state,
            "status": "not-found" if load == "not-found" else "unknown",
            "source": "systemd",
        }
    files = manager.control("list-unit-files", *listing[:2], "--type=service")
    for line in files.stdout.splitlines():
        words = line.split()
        if len(words) < 2:
            continue
        entry = services.setdefault(
            words[0], {"name": words[0], "state": "inactive", "source": "systemd"}
        )
        entry["status"] = words[1]
    return {"changed": False, "ansible_facts": {"services": services}}

"""The networks, secrets and configs of a stack."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Mapping, Optional

from provision.agent.docker.networks import is_removed
from provision.agent.docker.stack_specs import STACK_LABEL, references
from provision.agent.docker.swarm import find_named
from provision.agent.engine_api import Engine, EngineError, segment
from provision.agent.task import ModuleFailed

VERSION_LABEL = "provision.stack.version"
"""On the secrets and configs of a stack: tells one content from another."""
UNKNOWN = "(made in this run)"
"""Stands for an ID in check mode."""


def owned(engine: Engine, kind: str, stack: str) -> List[Dict[str, Any]]:
    """What the swarm holds of a stack.

    Parameters:
        kind: ``services``, ``secrets``, ``configs`` or ``networks``.
    """
    found: List[Dict[str, Any]] = engine.get(
        f"/{kind}", {"filters": {"label": [f"{STACK_LABEL}={stack}"]}}
    )
    return found


class Parts:
    """What services refer to, found or made.

    Parameters:
        actions: gets a sentence for each change.
        check: change nothing.
        seconds: how long to wait for what is being removed.
    """

    def __init__(
        self, engine: Engine, stack: str, actions: List[str], check: bool, seconds: float
    ) -> None:
        self._seconds = seconds
        self._engine = engine
        self._stack = stack
        self._actions = actions
        self._check = check
        self._ids: Dict[str, Dict[str, str]] = {"networks": {}, "secrets": {}, "configs": {}}
        self._missing: List[Any] = []

    def look(self, kind: str, entries: List[Mapping[str, Any]]) -> None:
        """Find what is there; nothing is made yet.

        Raises:
            ModuleFailed: something external is missing, or something there cannot become what
                is wanted.
        """
        for entry in entries:
            name, body = entry["name"], entry.get("body")
            held = self._find(kind, name, bool(entry.get("predefined")))
            if held is not None:
                self._ids[kind][name] = held.get("ID") or held["Id"]
                self._check_held(kind, entry, held)
            elif body is None:
                raise ModuleFailed(
                    f"{kind[:-1]} {name} is external to stack {self._stack}, and the swarm has "
                    f"none of this name; make it first (docker_{kind[:-1]})"
                )
            else:
                self._ids[kind][name] = UNKNOWN
                self._missing.append((kind, name, body))

    def make(self) -> None:
        """Make what is missing."""
        for kind, name, body in self._missing:
            self._actions.append(f"Created {kind[:-1]} {name}")
            if not self._check:
                made = self._make(kind, dict(body, Name=name))
                self._ids[kind][name] = made.get("ID") or made["Id"]

    def _make(self, kind: str, body: Dict[str, Any]) -> Any:
        deadline = time.monotonic() + self._seconds
        while True:
            try:
                return self._engine.post(f"/{kind}/create", body)
            except EngineError as error:
                # One of this name that was removed a moment ago: its containers are ending.
                waiting = kind == "networks" and error.status == 409
                if not waiting or time.monotonic() >= deadline:
                    raise
            time.sleep(0.3)

    def resolve(self, spec: Dict[str, Any]) -> Dict[str, Any]:
        """A service's Spec with IDs for names."""
        task = dict(spec["TaskTemplate"])
        box = dict(task["ContainerSpec"])
        task["Networks"] = [
            dict(each, Target=self._ids["networks"][each["Target"]])
            for each in task.get("Networks") or ()
        ]
        for kind, title in (("secrets", "Secret"), ("configs", "Config")):
            held = box.get(title + "s") or ()
            if held:
                box[title + "s"] = [
                    dict(each, **{title + "ID": self._ids[kind][each[title + "Name"]]})
                    for each in held
                ]
        return dict(spec, TaskTemplate=dict(task, ContainerSpec=box))

    def forget_old(self) -> None:
        """Remove versions of secrets and configs that no service uses or could roll back to."""
        services = self._engine.get("/services")
        for kind in ("secrets", "configs"):
            used = set(self._ids[kind].values())
            for service in services:
                for spec in (service["Spec"], service.get("PreviousSpec") or {}):
                    used.update(references(spec, kind))
            for each in owned(self._engine, kind, self._stack):
                versioned = VERSION_LABEL in (each["Spec"].get("Labels") or {})
                if versioned and each["ID"] not in used:
                    self._actions.append(f"Removed {kind[:-1]} {each['Spec']['Name']}")
                    if not self._check:
                        remove(self._engine, kind, each["ID"])

    def _find(self, kind: str, name: str, predefined: bool) -> Optional[Dict[str, Any]]:
        if kind == "networks":
            listed = self._engine.get("/networks", {"filters": {"name": [name]}})
            same = [each for each in listed if each["Name"] == name and not is_removed(each)]
            same.sort(key=lambda each: (each["Scope"] == "swarm") == predefined)
            return same[0] if same else None
        found = find_named(self._engine, kind, name)
        return found if found and found["Spec"]["Name"] == name else None

    def _check_held(self, kind: str, entry: Mapping[str, Any], held: Dict[str, Any]) -> None:
        name, body = entry["name"], entry.get("body")
        if kind == "networks":
            if held.get("Scope") != "swarm" and not entry.get("predefined"):
                raise ModuleFailed(
                    f"network {name} is one of this node alone; services need one of the swarm "
                    "(driver overlay)"
                )
            differing = _network_differences(held, body) if body else []
            if differing:
                raise ModuleFailed(
                    f"network {name} is there and differs in {', '.join(differing)}, which cannot "
                    f"be changed: remove stack {self._stack} first, or give the network another "
                    "name"
                )
            return
        version = (held["Spec"].get("Labels") or {}).get(VERSION_LABEL)
        if version and body and version != body["Labels"].get(VERSION_LABEL, version):
            raise ModuleFailed(
                f"{kind[:-1]} {name} is there with other content, which cannot be changed: leave "
                "its name out in the compose file, and it gets a new one with each content"
            )


def remove(engine: Engine, kind: str, identity: str) -> None:
    """Remove an object, if it is there."""
    try:
        engine.delete(f"/{kind}/{segment(identity)}")
    except EngineError as error:
        # Of a network that is removed but not yet left, an Engine says so with status 500.
        if error.status != 404 and not error.reason.endswith("not found"):
            raise


def _network_differences(held: Mapping[str, Any], body: Mapping[str, Any]) -> List[str]:
    out = [
        key
        for key, default in (
            ("Driver", "overlay"),
            ("Attachable", False),
            ("Internal", False),
            ("EnableIPv6", False),
        )
        if (held.get(key) or default) != (body.get(key) or default)
    ]
    for key in ("Options", "Labels"):
        now = held.get(key) or {}
        if any(now.get(name) != value for name, value in (body.get(key) or {}).items()):
            out.append(key)
    wanted = [each.get("Subnet") for each in (body.get("IPAM") or {}).get("Config") or ()]
    subnets = [each.get("Subnet") for each in (held.get("IPAM") or {}).get("Config") or ()]
    if wanted and not set(wanted) <= set(subnets):
        out.append("subnets")
    return out

"""Bringing a stack to the state asked for."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Mapping

from provision.agent.docker import kernel_hints
from provision.agent.docker.connection import timeout_of
from provision.agent.docker.convergence import Watch
from provision.agent.docker.credentials import login_header
from provision.agent.docker.networks import is_removed
from provision.agent.docker.service import with_digest
from provision.agent.docker.stack_parts import Parts, owned, remove
from provision.agent.docker.stack_specs import (
    IMAGE_LABEL,
    STACK_LABEL,
    Changes,
    differences,
    other_mode,
    updated,
)
from provision.agent.docker.swarm import require_manager, update_object
from provision.agent.engine_api import Engine, EngineError, segment
from provision.agent.task import ModuleFailed, ModuleTask

_ORDER = ("services", "secrets", "configs", "networks")


class StackChange:
    """One run of docker_stack.

    Parameters:
        task: with the agent's docker_stack's arguments.
        engine: a manager.
    """

    def __init__(self, task: ModuleTask, engine: Engine) -> None:
        self._task = task
        self._args = task.args
        self._engine = engine
        self._stack = task.args["name"]
        self._actions: List[str] = []
        self._changes: Dict[str, Changes] = {}
        self._hints: List[str] = []

    def present(self) -> Dict[str, Any]:
        """Networks, secrets, configs, then services; the module's result."""
        require_manager(self._engine)
        parts = Parts(
            self._engine, self._stack, self._actions, self._task.check, timeout_of(self._task)
        )
        for kind in ("networks", "secrets", "configs"):
            parts.look(kind, self._args[kind] or [])
        held = {each["Spec"]["Name"]: each for each in owned(self._engine, "services", self._stack)}
        parts.make()
        wanted = {spec["Name"]: parts.resolve(spec) for spec in self._args["services"]}
        for name, spec in wanted.items():
            self._service(spec, held.get(name))
        if self._args["prune"]:
            for name in sorted(set(held) - set(wanted)):
                self._do(f"Removed service {name}", name, {"exists": (True, False)})
                if not self._task.check:
                    remove(self._engine, "services", held[name]["ID"])
        if not self._args["detach"] and not self._task.check:
            self._wait()
        parts.forget_old()
        return self._result()

    def absent(self) -> Dict[str, Any]:
        """Everything of the stack's gone; the module's result."""
        require_manager(self._engine)
        retries = self._args["absent_retries"]
        for attempt in range(retries + 1):
            left = self._remove_all(first=attempt == 0)
            if not left or self._task.check or not retries:
                return self._result()
            if attempt < retries:
                time.sleep(self._args["absent_retries_interval"])
        raise self._task.fail(
            f"stack {self._stack} still has {', '.join(left)} after {retries} retries",
            changed=True,
        )

    def _service(self, wanted: Dict[str, Any], held: Any) -> None:
        name = wanted["Name"]
        now = held["Spec"] if held else {}
        wanted = self._with_image(wanted, now)
        if held is None:
            self._do(f"Created service {name}", name, {"exists": (False, True)})
            self._hint(name, wanted)
            if not self._task.check:
                self._create(wanted)
            return
        changed = differences(now, wanted)
        if not changed:
            return
        self._hint(name, wanted)
        path = f"/services/{segment(held['ID'])}"
        if other_mode(now, wanted):
            self._do(f"Made service {name} again: its mode differs", name, changed)
            if not self._task.check:
                self._engine.delete(path)
                self._create(wanted)
            return
        self._do(f"Updated service {name}", name, changed)
        if not self._task.check:
            query = {"registryAuthFrom": "spec"}
            update_object(
                self._engine,
                path,
                lambda current: updated(current["Spec"], wanted),
                query,
                self._login(wanted),
            )

    def _create(self, spec: Dict[str, Any]) -> None:
        self._engine.request("POST", "/services/create", None, spec, self._login(spec))

    def _login(self, spec: Mapping[str, Any]) -> Dict[str, str]:
        if not self._args["with_registry_auth"]:
            return {}
        return login_header(spec["TaskTemplate"]["ContainerSpec"]["Image"])

    def _with_image(self, wanted: Dict[str, Any], now: Mapping[str, Any]) -> Dict[str, Any]:
        how = self._args["resolve_image"]
        task = wanted["TaskTemplate"]
        image = task["ContainerSpec"]["Image"]
        if how not in ("always", "changed"):
            return wanted
        if how == "changed" and (now.get("Labels") or {}).get(IMAGE_LABEL) == image:
            return wanted
        box = dict(task["ContainerSpec"], Image=with_digest(self._engine, image))
        return dict(wanted, TaskTemplate=dict(task, ContainerSpec=box))

    def _wait(self) -> None:
        mine = {"label": [f"{STACK_LABEL}={self._stack}"]}
        watch = Watch(self._engine, f"stack {self._stack}", mine, list(self._changes))
        try:
            watch.wait(self._args["wait_timeout"], self._task.emit)
        except ModuleFailed as failure:
            failure.result.update(self._result())
            raise

    def _remove_all(self, first: bool) -> List[str]:
        left = []
        for kind in _ORDER:
            for each in owned(self._engine, kind, self._stack):
                name = each["Name"] if kind == "networks" else each["Spec"]["Name"]
                left.append(f"{kind[:-1]} {name}")
                if kind == "networks" and is_removed(each):
                    continue
                if first:
                    self._do(f"Removed {kind[:-1]} {name}", name, {"exists": (True, False)})
                if not self._task.check:
                    self._remove(kind, each.get("ID") or each["Id"])
        return left

    def _remove(self, kind: str, identity: str) -> None:
        """A network or secret is in use until the last task of a removed service has ended."""
        deadline = time.monotonic() + timeout_of(self._task)
        while True:
            try:
                remove(self._engine, kind, identity)
                return
            except EngineError as error:
                if "in use" not in error.reason or time.monotonic() >= deadline:
                    raise
            time.sleep(0.3)

    def _hint(self, name: str, spec: Mapping[str, Any]) -> None:
        self._hints += [f"service {name}: {hint}" for hint in kernel_hints.of_service(spec)]

    def _do(self, action: str, name: str, changes: Changes) -> None:
        self._actions.append(action)
        self._changes[name] = changes

    def _result(self) -> Dict[str, Any]:
        sides = [
            {
                name: {path: pair[side] for path, pair in changes.items()}
                for name, changes in self._changes.items()
            }
            for side in (0, 1)
        ]
        out: Dict[str, Any] = {"changed": bool(self._actions), "actions": self._actions}
        if self._hints:
            out["warnings"] = self._hints
        if self._changes:
            out["stack_spec_diff"] = {
                name: {path: list(pair) for path, pair in changes.items()}
                for name, changes in self._changes.items()
            }
        if self._task.diff:
            out["diff"] = {"before": sides[0], "after": sides[1]}
        return out

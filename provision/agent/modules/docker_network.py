"""Networks, local ones and the swarm's."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from provision.agent.docker import kernel_hints
from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.networks import body, containers, differences, find_network
from provision.agent.engine_api import Engine, segment
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_network",
    collection=COLLECTION,
    summary="Make, change or remove a Docker network.",
    params=(
        Param("name", "The network's name.", required=True, aliases=("network_name",)),
        Param("state", default="present", choices=("present", "absent")),
        Param("driver", "Network driver; overlay spans a swarm.", default="bridge"),
        Param("driver_options", "Driver options; only those named are compared.", type="dict"),
        Param("ipam_driver", "Address management driver."),
        Param("ipam_driver_options", "Its options.", type="dict"),
        Param(
            "ipam_config",
            "Subnets.",
            type="list",
            options=(
                Param("subnet", "In CIDR form."),
                Param("iprange", "Part of it for containers, in CIDR form."),
                Param("gateway", "The gateway's address."),
                Param("aux_addresses", "Host name -> reserved address.", type="dict"),
            ),
        ),
        Param("attachable", "Plain containers may join an overlay network.", type="bool"),
        Param("ingress", "The network of the swarm's routing mesh.", type="bool"),
        Param("internal", "No way out.", type="bool"),
        Param("scope", "Scope of the network.", choices=("local", "global", "swarm")),
        Param("labels", "Labels; only those named are compared.", type="dict"),
        Param("enable_ipv4", "IPv4; needs API 1.47.", type="bool"),
        Param("enable_ipv6", "IPv6.", type="bool"),
        Param("config_only", "A configuration for other networks.", type="bool"),
        Param("config_from", "The network to take the configuration from."),
        Param(
            "connected",
            "Containers to connect. Where given, even empty, others on this node are disconnected "
            "unless appends. Where not given, no container is touched (community.docker would "
            "disconnect all, a swarm's tasks too).",
            type="list",
            elements="str",
            aliases=("containers",),
        ),
        Param(
            "appends",
            "Leave other containers connected.",
            type="bool",
            default=False,
            aliases=("incremental",),
        ),
        Param(
            "force",
            "present: remove and make it again although nothing differs. absent: disconnect "
            "its containers first.",
            type="bool",
            default=False,
        ),
        *CONNECTION,
    ),
    diff=True,
    returns=(
        ("network", "The network as the Engine tells it."),
        ("actions", "What was done, sentences."),
    ),
    source="https://docs.docker.com/reference/api/engine/ (Network)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    network = find_network(engine, task.args["name"])
    change = _Change(task, engine)
    if task.args["state"] == "absent":
        if network is not None:
            change.remove(network, task.args["force"])
        return change.result(None)
    if network is not None:
        network = _replaced(task, change, network)
    if network is None:
        change.create()
        network = find_network(engine, task.args["name"])
    change.connect(network)
    return change.result(find_network(engine, task.args["name"]))


run = with_engine(_run)


def _replaced(
    task: ModuleTask, change: _Change, network: Dict[str, Any]
) -> Optional[Dict[str, Any]]:
    """None where the network has to be made again: an Engine cannot change one."""
    changed = differences(network, task.args)
    if not changed and not task.args["force"]:
        return network
    for param, (now, wanted) in changed.items():
        change.before[param], change.after[param] = now, wanted
    change.remove(network, True)
    return None


class _Change:
    def __init__(self, task: ModuleTask, engine: Engine) -> None:
        self.actions: List[str] = []
        self.before: Dict[str, Any] = {}
        self.after: Dict[str, Any] = {}
        self._hints: List[str] = []
        self._task = task
        self._engine = engine
        self._name = task.args["name"]

    def create(self) -> None:
        driver = self._task.args["driver"]
        self._do(f"Created network {self._name} with driver {driver}")
        self._hints = kernel_hints.of_network(driver, self._task.args["driver_options"])
        self.before.setdefault("exists", False)
        self.after["exists"] = True
        if not self._task.check:
            self._engine.post("/networks/create", body(self._task.args))

    def remove(self, network: Dict[str, Any], disconnect: bool) -> None:
        if disconnect:
            for name in containers(network):
                self._disconnect(network, name)
        self._do(f"Removed network {self._name}")
        self.before["exists"] = True
        self.after["exists"] = False
        if not self._task.check:
            self._engine.delete(f"/networks/{segment(network['Id'])}")

    def connect(self, network: Optional[Dict[str, Any]]) -> None:
        wanted = self._task.args["connected"]
        if wanted is None:
            return
        held = containers(network) if network else []
        for name in wanted:
            if name not in held:
                self._do(f"Connected container {name}")
                self._move("connect", network, {"Container": name})
        if not self._task.args["appends"] and network:
            for name in held:
                if name not in wanted:
                    self._disconnect(network, name)
        others = held if self._task.args["appends"] else []
        after = sorted(set(wanted) | set(others))
        if after != held:
            self.before["connected"], self.after["connected"] = held, after

    def _disconnect(self, network: Dict[str, Any], name: str) -> None:
        self._do(f"Disconnected container {name}")
        self._move("disconnect", network, {"Container": name, "Force": True})

    def _move(self, verb: str, network: Optional[Dict[str, Any]], data: Dict[str, Any]) -> None:
        if network is not None and not self._task.check:
            self._engine.post(f"/networks/{segment(network['Id'])}/{verb}", data)

    def _do(self, action: str) -> None:
        self.actions.append(action)

    def result(self, network: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        out: Dict[str, Any] = {"changed": bool(self.actions), "actions": self.actions}
        if self._hints:
            out["warnings"] = self._hints
        if self._task.args["state"] == "present":
            out["network"] = network or {}
        if self._task.diff:
            out["diff"] = {"before": self.before, "after": self.after}
        return out

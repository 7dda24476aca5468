"""What a node knows of the swarm it is in, and how swarm objects are changed."""

from __future__ import annotations

import os
import time
from typing import Any, Callable, Dict, List, Optional

from provision.agent.docker.certificate import authority_digest, swarm_of_certificate
from provision.agent.engine_api import Engine, EngineError, segment
from provision.agent.task import ModuleFailed

WHAT_TO_DO = {
    "pending": "check that the managers' port 2377/tcp is reachable from it and that the clocks "
    "agree; to give up, use state=absent with force=true and join again",
    "error": "read `journalctl -u docker` on it; to start over, use state=absent with force=true",
    "locked": "unlock it with `docker swarm unlock` and the key of `docker swarm unlock-key` "
    "from another manager; where provision keeps the key, `provision swarm unlock` does",
}


class Membership:
    """A node's part in a swarm, as its own Engine sees it.

    Parameters:
        info: the answer to /info.
    """

    def __init__(self, info: Dict[str, Any]) -> None:
        swarm = info.get("Swarm") or {}
        self.name = str(info.get("Name", ""))
        self.state = str(swarm.get("LocalNodeState", "inactive") or "inactive")
        self.manager = bool(swarm.get("ControlAvailable"))
        self.node_id = str(swarm.get("NodeID", ""))
        self.address = str(swarm.get("NodeAddr", ""))
        self.error = str(swarm.get("Error", ""))
        cluster = swarm.get("Cluster") or {}
        root = str(info.get("DockerRootDir", "/var/lib/docker"))
        self._certificates = os.path.join(root, "swarm", "certificates")
        self.cluster_id: Optional[str] = cluster.get("ID") or None
        if self.cluster_id is None and self.state != "inactive":
            certificate = os.path.join(self._certificates, "swarm-node.crt")
            self.cluster_id = swarm_of_certificate(certificate)

    @property
    def active(self) -> bool:
        return self.state == "active"

    @property
    def inactive(self) -> bool:
        return self.state == "inactive"

    def fits(self, token: str) -> bool:
        """Whether a join token is of the swarm that this node is in, as far as one can tell."""
        parts = token.split("-")
        own = authority_digest(os.path.join(self._certificates, "swarm-root-ca.crt"))
        return own is None or len(parts) != 4 or parts[2] == own

    def trouble(self) -> ModuleFailed:
        """Why a node that is neither in nor out of a swarm cannot be used, and what to do."""
        said = f": {self.error}" if self.error else ""
        known = f" of swarm {self.cluster_id}" if self.cluster_id else ""
        return ModuleFailed(
            f"node {self.name}{known} is in state '{self.state}'{said}; "
            + WHAT_TO_DO.get(self.state, "see: journalctl -u docker")
        )


def membership(engine: Engine) -> Membership:
    """The node's part in a swarm now."""
    return Membership(engine.get("/info"))


def wait_active(engine: Engine, seconds: float) -> Membership:
    """Wait for a join under way to end.

    Raises:
        ModuleFailed: it has not within ``seconds``; says the Engine's reason.
    """
    deadline = time.monotonic() + seconds
    while True:
        now = membership(engine)
        if now.active:
            return now
        if now.state not in ("pending", "inactive") or time.monotonic() >= deadline:
            raise now.trouble()
        time.sleep(0.2)


def require_manager(engine: Engine) -> Membership:
    """Raises ModuleFailed unless this node is a manager that answers."""
    here = membership(engine)
    if here.manager and here.active:
        return here
    if here.inactive:
        raise ModuleFailed(f"node {here.name} is not in a swarm; run this on a swarm manager")
    if not here.active:
        raise here.trouble()
    raise ModuleFailed(
        f"node {here.name} is a worker of its swarm; run this on a manager "
        "(delegate_to one of them)"
    )


def update_object(
    engine: Engine,
    path: str,
    change: Callable[[Dict[str, Any]], Dict[str, Any]],
    query: Optional[Dict[str, Any]] = None,
    headers: Optional[Dict[str, str]] = None,
) -> None:
    """Post a changed Spec, again if another writer came between reading and writing.

    Parameters:
        path: the object's, such as ``/nodes/ID``, or ``/swarm``.
        change: takes the current object and returns the whole new Spec.
    """
    for attempt in range(5):
        current = engine.get(path)
        version = current["Version"]["Index"]
        try:
            versioned = dict(query or {}, version=version)
            engine.request("POST", path + "/update", versioned, change(current), headers)
            return
        except EngineError as error:
            if "out of sequence" not in error.reason or attempt == 4:
                raise
            time.sleep(0.2)


def find_node(engine: Engine, name: str) -> Optional[Dict[str, Any]]:
    """The node of this ID or host name, or None.

    Raises:
        ModuleFailed: several nodes have this host name.
    """
    nodes: List[Dict[str, Any]] = engine.get("/nodes")
    for node in nodes:
        if node["ID"] == name:
            return node
    same = [node for node in nodes if (node.get("Description") or {}).get("Hostname") == name]
    if len(same) > 1:
        listed = ", ".join(
            f"{node['ID']} ({node['Spec'].get('Role')}, {node['Status'].get('State')})"
            for node in same
        )
        raise ModuleFailed(
            f"{len(same)} nodes of the swarm are called {name}: {listed}; name the one meant by "
            "its ID, and remove stale ones with docker_swarm state=remove"
        )
    return same[0] if same else None


def find_named(engine: Engine, kind: str, name: str) -> Optional[Dict[str, Any]]:
    """The service, secret or config of exactly this name or ID, or None.

    Parameters:
        kind: ``services``, ``secrets`` or ``configs``.
    """
    return engine.find(f"/{kind}/{segment(name)}")  # type: ignore[no-any-return]

"""What a cluster under soak is declared to be, and which operations are legal then. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

SERVICES = ("red", "green", "blue")
"""The services that are deployed, by name."""

MOST_REPLICAS = 4
"""As many as there may be."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What the machine that it runs on can bear.

    Parameters:
        least, most: how many nodes; the first ``managers`` of them are never removed.
    """

    least: int = 3
    most: int = 5
    managers: int = 3


@dataclass(frozen=True, slots=True)
class Service:
    """A service as declared.

    Parameters:
        version: goes into its environment, so that another one means new tasks.
    """

    name: str
    replicas: int
    version: int = 1


@dataclass(frozen=True, slots=True)
class State:
    """A cluster as declared: nodes 1 to ``nodes``, some drained, some services."""

    limits: Limits
    nodes: int
    drained: frozenset[int] = frozenset()
    services: tuple[Service, ...] = ()

    @property
    def active(self) -> list[int]:
        return [node for node in range(1, self.nodes + 1) if node not in self.drained]

    def service(self, name: str) -> Service | None:
        return next((each for each in self.services if each.name == name), None)


def beginning(limits: Limits, nodes: int) -> State:
    """What a soak begins with: every node active, and one service that has to last."""
    return State(limits, nodes, services=(Service(SERVICES[0], 2),))


@dataclass(frozen=True, slots=True)
class Operation:
    """One step.

    Parameters:
        kind: a key of ``KINDS``.
        node: the number of the node that it is about; None if it is about no single one.
        what: what else there is to say: a service, a drill, a part.
        count: replicas, or how many nodes there are to be.
    """

    kind: str
    node: int | None = None
    what: str = ""
    count: int | None = None

    def __str__(self) -> str:
        words = [self.kind, self.what, f"node {self.node}" if self.node else ""]
        if self.count is not None:
            words.append(f"to {self.count}")
        return " ".join(word for word in words if word)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of operation.

    Parameters:
        weight: how often it is chosen, compared with others.
        choices: the legal operations of this kind in a state.
        after: the state that such an operation leads to.
    """

    weight: int
    choices: Callable[[State], Sequence[Operation]]
    after: Callable[[State, Operation], State] = lambda state, operation: state


def _grow(state: State) -> list[Operation]:
    return [Operation("grow", count=n) for n in range(state.nodes + 1, state.limits.most + 1)][:1]


def _shrink(state: State) -> list[Operation]:
    """The last node goes; somebody else has to be there for its tasks."""
    last = state.nodes
    others = [node for node in state.active if node != last]
    if last <= max(state.limits.least, state.limits.managers) or len(others) < 2:
        return []
    return [Operation("shrink", count=last - 1)]


def _resized(state: State, operation: Operation) -> State:
    assert operation.count is not None
    drained = frozenset(node for node in state.drained if node <= operation.count)
    return replace(state, nodes=operation.count, drained=drained)


def _drain(state: State) -> list[Operation]:
    """Two nodes stay active, so that one of them can be lost."""
    if len(state.active) <= 2:
        return []
    return [Operation("drain", node) for node in state.active]


def _deploy(state: State) -> list[Operation]:
    absent = [name for name in SERVICES if state.service(name) is None]
    return [
        Operation("deploy", what=name, count=n) for name in absent for n in range(1, MOST_REPLICAS)
    ]


def _scale(state: State) -> list[Operation]:
    return [
        Operation("scale", what=service.name, count=n)
        for service in state.services
        for n in range(1, MOST_REPLICAS + 1)
        if n != service.replicas
    ]


def _changed(state: State, operation: Operation) -> State:
    """A service deployed, scaled or updated."""
    before = state.service(operation.what)
    if before is None:
        assert operation.count is not None
        return replace(state, services=(*state.services, Service(operation.what, operation.count)))
    replicas = before.replicas if operation.count is None else operation.count
    version = before.version + (operation.kind == "update")
    now = Service(before.name, replicas, version)
    return replace(state, services=tuple(now if s == before else s for s in state.services))


def _on_each(kind: str) -> Callable[[State], list[Operation]]:
    """One for each node."""
    return lambda state: [Operation(kind, node) for node in range(1, state.nodes + 1)]


def _each(kind: str, *parts: str) -> Callable[[State], list[Operation]]:
    """One for each part, whatever the state."""
    return lambda state: [Operation(kind, what=part) for part in parts]


def _node_drills(state: State) -> list[Operation]:
    nodes = range(1, state.nodes + 1)
    drills = ("node-loss", "node-reboot", "partition")
    return [Operation("node drill", node, what=name) for name in drills for node in nodes]


KINDS: Mapping[str, Kind] = {
    "grow": Kind(4, _grow, _resized),
    "shrink": Kind(4, _shrink, _resized),
    "drain": Kind(
        3, _drain, lambda state, op: replace(state, drained=state.drained | {op.node or 0})
    ),
    "activate": Kind(
        5,
        lambda state: [Operation("activate", node) for node in sorted(state.drained)],
        lambda state, op: replace(state, drained=state.drained - {op.node}),
    ),
    "deploy": Kind(4, _deploy, _changed),
    "scale": Kind(3, _scale, _changed),
    "update": Kind(
        3,
        lambda state: [Operation("update", what=each.name) for each in state.services],
        _changed,
    ),
    "restart machine": Kind(3, _on_each("restart machine")),
    "kill machine": Kind(2, _on_each("kill machine")),
    "kill dockerd": Kind(3, _on_each("kill dockerd")),
    "kill consul": Kind(3, _on_each("kill consul")),
    "replace": Kind(1, _on_each("replace")),
    "rotate swarm": Kind(2, _each("rotate swarm", "tokens", "ca")),
    "upgrade consul": Kind(1, _each("upgrade consul", "")),
    "rotate consul": Kind(2, _each("rotate consul", "gossip", "tokens", "certs")),
    "backup": Kind(1, _each("backup", "consul", "swarm")),
    "bootstrap": Kind(2, _each("bootstrap", "")),
    "drill": Kind(2, _each("drill", "consul-leader", "swarm-leader", "rolling-restart")),
    "node drill": Kind(2, _node_drills),
}
"""Every kind of operation, by name."""


def after(state: State, operation: Operation) -> State:
    """The state that a legal operation leads to.

    Raises:
        ValueError: it is not legal in this state.
    """
    kind = KINDS[operation.kind]
    if operation not in kind.choices(state):
        raise ValueError(f"'{operation}' is not possible with {state}")
    return kind.after(state, operation)

"""A cluster that has been declared: its state on disk, its driver, its nodes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provision.cluster.inventory_file import inventory_text
from provision.cluster.releases import declare
from provision.cluster.secrets import ACL_SEED, with_missing_made
from provision.cluster.sessions import SessionRunner, target
from provision.cluster.shape import Shape
from provision.errors import UsageError, did_you_mean
from provision.machines.composite import CompositeDriver
from provision.machines.driver import ClusterSpec, Driver, Endpoint
from provision.machines.registry import get_driver
from provision.machines.store import ClusterState, ClusterStore, MachineRecord
from provision.transport.session import Sessions
from provision.transport.target import Target
from provision.verify.consul_tokens import ConsulTokens
from provision.verify.probes.base import ClusterView, Node
from provision.verify.silence import Silence


@dataclass(slots=True)
class Cluster:
    """One declared cluster.

    Parameters:
        store: its state directory.
        shape: as declared last.
        driver: what makes its machines.
        endpoints: by machine name; only machines whose creation finished are here.
    """

    store: ClusterStore
    shape: Shape
    driver: Driver
    driver_options: Mapping[str, str]
    subnet: str | None
    endpoints: dict[str, Endpoint]

    @classmethod
    def open(cls, workspace: Path, name: str) -> Cluster:
        """A cluster that `up` has declared.

        Raises:
            UsageError: there is none of this name.
        """
        store = ClusterStore(workspace, name)
        state = store.read()
        if state is None:
            raise no_such_cluster(store)
        return cls.from_state(store, state)

    @classmethod
    def from_state(cls, store: ClusterStore, state: ClusterState) -> Cluster:
        return cls(
            store=store,
            shape=Shape(**state.shape),
            driver=driver_of(Shape(**state.shape), state.driver, state.driver_options),
            driver_options=state.driver_options,
            subnet=state.subnet,
            endpoints={name: record.endpoint for name, record in state.machines.items()},
        )

    @classmethod
    def declared(
        cls,
        store: ClusterStore,
        state: ClusterState | None,
        shape: Shape,
        driver: str,
        options: Mapping[str, str],
        *,
        asked: str | None = None,
    ) -> Cluster:
        """With a shape that is new, or another one than its state has.

        Parameters:
            driver: of the machines that are not named.
            asked: the driver that somebody has just asked for, if that is another one.

        Raises:
            UsageError: a driver is unknown or cannot work here.
        """
        chosen = driver_of(shape, driver, options)
        if problems := chosen.check():
            raise UsageError(
                f"the driver '{asked or driver}' cannot work here: {problems[0]}",
                hint="; ".join(problems[1:]) or "`provision doctor` says what this host can run",
            )
        return cls(
            store=store,
            shape=shape,
            driver=chosen,
            driver_options=options,
            subnet=shape.subnet or (state.subnet if state else None),
            endpoints={n: r.endpoint for n, r in state.machines.items()} if state else {},
        )

    @property
    def name(self) -> str:
        return self.store.name

    @property
    def spec(self) -> ClusterSpec:
        """The cluster as its driver sees it; makes the SSH key pair on first use."""
        return ClusterSpec(
            name=self.name,
            directory=self.store.directory,
            public_key=self.store.ensure_keypair(),
            private_key=self.store.private_key,
            subnet=self.subnet,
            options=self.driver_options,
            identity=self.store.ensure_identity(),
        )

    @property
    def nodes(self) -> list[Node]:
        """The declared nodes whose machines exist."""
        return [
            self.shape.node(spec, self.endpoints[spec.name].cluster_address)
            for spec in self.shape.specs(self.name)
            if spec.name in self.endpoints
        ]

    def save(self) -> None:
        """Write the state and all that is derived from it: inventory, ssh_config, known_hosts."""
        specs = {spec.name: spec for spec in self.shape.specs(self.name)}
        self.store.write(
            ClusterState(
                cluster=self.name,
                driver=self.driver.name,
                driver_options=self.driver_options,
                subnet=self.subnet,
                shape=dataclasses.asdict(self.shape),
                machines={
                    name: MachineRecord(spec=specs[name], endpoint=endpoint)
                    for name, endpoint in self.endpoints.items()
                },
            )
        )
        self.store.write_known_hosts(self.endpoints)
        self.store.write_ssh_config(self.endpoints)
        self.store.write_secrets(with_missing_made(self.store.read_secrets()))
        self.store.write_inventory(
            inventory_text(
                self.name,
                self.subnet,
                self.nodes,
                self.endpoints,
                self.store.known_hosts,
                {} if self.shape.autolock is None else {"swarm_autolock": self.shape.autolock},
                self.shape.labels,
            )
        )

    def node(self, wanted: str) -> Node:
        """A declared node by its name, or by its number in the cluster.

        Its address is "" while its machine does not exist.

        Raises:
            UsageError: there is none.
        """
        name = f"{self.name}-node-{wanted}" if wanted.isdigit() else wanted
        specs = {spec.name: spec for spec in self.shape.specs(self.name)}
        if name not in specs:
            raise UsageError(
                f"cluster '{self.name}' has no node '{wanted}'",
                hint=did_you_mean(name, specs) or f"there are: {', '.join(specs)}",
            )
        endpoint = self.endpoints.get(name)
        return self.shape.node(specs[name], endpoint.cluster_address if endpoint else "")

    def require_machines(self) -> None:
        """Refuse to go on before every declared machine exists.

        Raises:
            UsageError: naming those that do not.
        """
        missing = [s.name for s in self.shape.specs(self.name) if s.name not in self.endpoints]
        if missing:
            raise UsageError(
                f"these machines of cluster '{self.name}' do not exist: {', '.join(missing)}",
                hint="`provision up` completes it",
            )

    def view(
        self, sessions: Sessions, *, silence: Silence | None = None, patience: float = 1.0
    ) -> ClusterView:
        """The nodes and a way to ask them, for probes.

        Parameters:
            silence: nodes known to be out of reach, and for how long that is believed.
            patience: the share of each machine's connection timeout that is waited.
        """
        targets = self.targets(patience=patience)
        return ClusterView(self.nodes, SessionRunner(targets, sessions, silence), self.consul)

    def targets(self, *, patience: float = 1.0) -> dict[str, Target]:
        """How the transport reaches each machine, by name."""
        return {
            name: target(name, endpoint, self.store.known_hosts, patience=patience)
            for name, endpoint in self.endpoints.items()
        }

    @property
    def consul(self) -> ConsulTokens | None:
        """By which Consul knows who asks; None where it asks nobody."""
        if self.shape.insecure_consul:
            return None
        return ConsulTokens(self.store.read_secrets().get(ACL_SEED, ""))


def no_such_cluster(store: ClusterStore) -> UsageError:
    """The refusal that names those there are."""
    workspace = store.directory.parent.parent
    known = ClusterStore.names(workspace)
    return UsageError(
        f"there is no cluster '{store.name}' in {workspace}",
        hint=did_you_mean(store.name, known)
        or (f"there are: {', '.join(known)}" if known else "`provision up` makes one"),
    )


def driver_of(shape: Shape, name: str, options: Mapping[str, str]) -> Driver:
    """The cluster's driver; one that passes calls on where named machines come from others."""
    drivers = {name: get_driver(name, options)}
    for entry in shape.named:
        if entry.driver not in drivers:
            drivers[entry.driver] = get_driver(entry.driver, {})
    if len(drivers) == 1:
        return drivers[name]
    others = {entry.name: drivers[entry.driver] for entry in shape.named}
    return CompositeDriver(drivers[name], others)


def declared_shape(state: ClusterState | None, asked: Mapping[str, Any], name: str) -> Shape:
    """The shape that a command line asks for of the cluster ``name``, given what exists.

    As long as no machine does, everything may change; what is not said stays as it was said.
    """
    if state is None:
        return declare(asked, None, name)
    if state.machines:
        return declare(asked, Shape(**state.shape), name)
    said = {key: value for key, value in asked.items() if value is not None}
    replaced = {"managers", "numbers", "leaders"} if "nodes" in said else set()
    replaced |= {"image", "releases"} if said.keys() & {"release", "node_releases"} else set()
    before = {key: value for key, value in state.shape.items() if key not in replaced}
    return declare({**before, **said}, None, name)

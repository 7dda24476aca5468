"""Real nodes for tests: system containers on this machine's Docker Engine.

A missing engine fails the tests that need it; nothing here ever skips.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provision.errors import ProvisionError
from provision.machines.docker.driver import DockerDriver
from provision.machines.driver import ClusterSpec, Endpoint, MachineSpec
from provision.machines.store import ClusterStore
from provision.transport.target import Target
from tests.integration.cluster.conftest import CommandLine
from tests.integration.journals import journals


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the nodes' journals to the report of a test that failed: the nodes are soon gone."""
    report = yield
    if report.failed:
        for value in getattr(item, "funcargs", {}).values():
            if isinstance(value, CommandLine):
                report.sections.append(("journals of the nodes", journals(f"{value.cluster}-")))
    return report


@dataclass(frozen=True)
class RealNode:
    """A booted node, and all that a test needs to reach it."""

    name: str
    endpoint: Endpoint
    store: ClusterStore

    @property
    def address(self) -> str:
        return self.endpoint.address

    @property
    def port(self) -> int:
        return self.endpoint.port

    @property
    def user(self) -> str:
        return self.endpoint.user

    @property
    def key_file(self) -> Path:
        return self.store.private_key

    @property
    def known_hosts(self) -> Path:
        return self.store.known_hosts

    @property
    def ssh_config(self) -> Path:
        return self.store.ssh_config

    @property
    def target(self) -> Target:
        return Target(
            name=self.name,
            address=self.address,
            port=self.port,
            user=self.user,
            key_files=(str(self.key_file),),
            known_hosts=str(self.known_hosts),
        )


def say(machine: str, line: str) -> None:
    """Progress goes where pytest shows it if the test fails."""
    print(f"{machine or 'cluster'}: {line}")


@dataclass
class Lab:
    """A cluster of nodes that exists for a test session, module or test."""

    store: ClusterStore
    driver: DockerDriver = field(default_factory=DockerDriver)
    nodes: list[RealNode] = field(default_factory=list)

    @property
    def cluster(self) -> ClusterSpec:
        return ClusterSpec(
            name=self.store.name,
            directory=self.store.directory,
            public_key=self.store.ensure_keypair(),
            private_key=self.store.private_key,
        )

    def spec(self, index: int, *, cpus: float = 1.5, memory: int = 1024) -> MachineSpec:
        return MachineSpec(f"{self.store.name}-{index}", index, cpus=cpus, memory=memory)

    def grow(self, count: int) -> list[RealNode]:
        """That many more nodes, made in parallel."""
        specs = [self.spec(len(self.nodes) + 1 + extra) for extra in range(count)]
        self.driver.prepare(self.cluster, specs, say)
        with ThreadPoolExecutor(count) as pool:
            endpoints = list(pool.map(lambda s: self.driver.create(self.cluster, s, say), specs))
        added = [
            RealNode(spec.name, endpoint, self.store)
            for spec, endpoint in zip(specs, endpoints, strict=True)
        ]
        self.nodes += added
        self.write_ssh_files()
        return added

    def write_ssh_files(self) -> None:
        endpoints = {node.name: node.endpoint for node in self.nodes}
        self.store.write_known_hosts(endpoints)
        self.store.write_ssh_config(endpoints)

    def destroy(self) -> None:
        """Everything of the cluster's, found by label; what fails does not keep the rest."""
        failures: list[ProvisionError] = []
        for machine in self.driver.machines(self.cluster):
            try:
                self.driver.destroy(self.cluster, machine.name)
            except ProvisionError as error:
                failures.append(error)
        self.driver.cleanup(self.cluster)
        if failures:
            raise failures[0]


def new_lab(root: Path) -> Lab:
    """A lab whose name no other session or worker has; fails without an engine."""
    lab = Lab(ClusterStore(root, f"test-{os.getpid()}-{secrets.token_hex(2)}"))
    if problems := lab.driver.check():
        pytest.fail("these tests need real nodes: " + "; ".join(problems), pytrace=False)
    return lab


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """The session's own cluster, without nodes at first."""
    made = new_lab(tmp_path_factory.mktemp("lab"))
    try:
        yield made
    finally:
        made.destroy()


@pytest.fixture(scope="session")
def node_factory(lab: Lab) -> Callable[[int], Sequence[RealNode]]:
    """Gives that many new nodes; they live until the session ends."""
    return lab.grow


@pytest.fixture(scope="session")
def node(lab: Lab) -> RealNode:
    """One node, shared by the session's tests: leave it as you found it."""
    return lab.grow(1)[0]


@pytest.fixture
def fresh_lab(tmp_path: Path) -> Iterator[Lab]:
    """A cluster of the test's own, for tests about machines themselves."""
    made = new_lab(tmp_path)
    try:
        yield made
    finally:
        made.destroy()

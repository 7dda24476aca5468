"""One cluster for all tests of Consul, formed as a lab without TLS and ACLs at first."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator

import pytest

from provision.cluster.cluster import Cluster
from provision.cluster.drills.writer import KvWriter
from provision.transport.pool import SessionPool
from provision.verify.probes.base import ClusterView
from tests.integration.cluster.conftest import CommandLine


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Three servers and a client; removed afterwards whatever happened."""
    made = CommandLine(tmp_path_factory.mktemp("workspace"), f"c{uuid.uuid4().hex[:6]}")
    try:
        made.run("up", "--nodes", "4", "--cpus", "1", "--memory", "1024", "--driver", "docker")
        made.run("bootstrap", "consul", "--insecure-consul")
        yield made
    finally:
        if made.state.exists():
            made.run("down", "--yes", expect=None)


@pytest.fixture
def view(lab: CommandLine) -> Iterator[ClusterView]:
    """The nodes, to be asked as probes do."""
    sessions = SessionPool()
    try:
        yield opened(lab).view(sessions)
    finally:
        sessions.close()


def opened(lab: CommandLine) -> Cluster:
    return Cluster.open(lab.folder / ".provision", lab.cluster)


@pytest.fixture
def nothing_lost(lab: CommandLine, view: ClusterView) -> Iterator[Callable[[], None]]:
    """Writers on two servers. What is given stops them and proves that all they wrote is there."""
    cluster = opened(lab)
    writers = [KvWriter(cluster, node) for node in view.servers[:2]]
    try:
        for _ in range(600):
            if all(writer.acknowledged > 5 for writer in writers):
                break
            time.sleep(0.1)

        def prove() -> None:
            before = [writer.acknowledged for writer in writers]
            assert min(before) > 5
            sessions = SessionPool()
            try:
                now = opened(lab).view(sessions)
                for writer in writers:
                    writer.stop()
                    assert writer.lost(now, now.servers[2]) == []
                    writer.remove(now, now.servers[2])
            finally:
                sessions.close()

        yield prove
    finally:
        for writer in writers:
            writer.stop()

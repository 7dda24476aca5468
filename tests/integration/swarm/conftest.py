"""One cluster for all tests of operating a swarm: three managers and a worker."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from provision.resources import resource
from tests.integration.cluster.conftest import CommandLine


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Formed, with the image that services are made of; removed afterwards whatever happened."""
    made = CommandLine(tmp_path_factory.mktemp("workspace"), f"w{uuid.uuid4().hex[:6]}")
    try:
        made.run("up", "--nodes", "4", "--cpus", "1", "--memory", "1024", "--driver", "docker")
        made.run("bootstrap")
        made.run(
            "play",
            str(resource("playbooks", "verify.yml")),
            "-i",
            str(made.state / "inventory.yml"),
        )
        yield made
    finally:
        if made.state.exists():
            made.run("down", "--yes", expect=None)

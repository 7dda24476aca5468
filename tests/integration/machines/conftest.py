"""What the tests of machines share."""

from __future__ import annotations

from collections.abc import Iterator

import docker
import pytest


@pytest.fixture(scope="package")
def engine() -> Iterator[docker.DockerClient]:
    """The Docker Engine of this machine, on which nodes are containers."""
    client = docker.from_env()
    yield client
    client.close()

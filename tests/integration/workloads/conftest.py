"""One cluster for all tests of workloads."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.cluster.conftest import CommandLine


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Three nodes whose services are registered in Consul; removed afterwards."""
    made = CommandLine(tmp_path_factory.mktemp("workspace"), f"w{uuid.uuid4().hex[:6]}")
    try:
        made.run("up", "--nodes", "3", "--cpus", "1", "--memory", "1024", "--driver", "docker")
        own = made.state / "group_vars" / "all" / "own.yml"
        own.write_text("consul_services: true\n")
        made.run("bootstrap")
        yield made
    finally:
        if made.state.exists():
            made.run("down", "--yes", expect=None)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for files of images and stacks."""
    return tmp_path_factory.mktemp("files")

"""Two machines in two clusters of one workspace, made by `machine create` at the same time."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pytest

from tests.integration.machine_cli import MachineCli


@dataclass(frozen=True)
class Cli(MachineCli):
    """The command, and what there is for it.

    Parameters:
        one, two: machines, each in the cluster of the same name.
    """

    one: str = ""
    two: str = ""


@pytest.fixture(scope="package")
def cli(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cli]:
    folder = tmp_path_factory.mktemp("machines")
    one, two = (f"m{uuid.uuid4().hex[:6]}" for _ in range(2))
    made = Cli(folder, {"DOCKER_CONFIG": str(folder / "docker")}, one=one, two=two)
    small = ("--driver", "docker", "--cpus", "1")
    labelled = (
        *("--virtualbox-memory", "768", "--tls-san", "one.example"),
        *("--engine-label", "tier=web", "--engine-opt", "log-opt=max-size=5m"),
        *("--engine-insecure-registry", "registry.example:5000"),
        *("--engine-registry-mirror", "https://mirror.example"),
        *("--engine-env", 'QUOTED=a "b" \\ 100%'),
    )
    try:
        with ThreadPoolExecutor(2) as pool:
            first = pool.submit(
                made.run, "--cluster", one, "machine", "create", *small, *labelled, one
            )
            second = pool.submit(
                made.run, "--cluster", two, "machine", "create", *small, "--memory", "768", two
            )
            first.result()
            second.result()
        yield made
    finally:
        for name in (one, two):
            if (folder / ".provision" / "clusters" / name).exists():
                made.run("--cluster", name, "down", "--yes")

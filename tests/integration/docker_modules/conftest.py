"""Three nodes with Docker, and modules called on them through the engine's own sessions."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from provision.transport.pool import SessionPool
from provision.transport.session import Request

Call = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def call() -> Iterator[Call]:
    """``call(node, module, check=False, diff=False, blob=b"", **args)``: the result."""
    with SessionPool() as sessions:

        def call(
            node: Any,
            module: str,
            /,
            check: bool = False,
            diff: bool = False,
            blob: bytes = b"",
            **args: Any,
        ) -> dict[str, Any]:
            spec = importlib.import_module(f"provision.agent.modules.{module}").SPEC
            request = Request(module, spec.validate(args), check, diff, timeout=240.0, blob=blob)
            return sessions.get(node.target).call(request).result

        yield call


@pytest.fixture(scope="session")
def docker_nodes(node_factory: Callable[[int], Sequence[Any]], call: Call) -> Sequence[Any]:
    """Three nodes with a running Docker Engine, in no swarm."""
    nodes = node_factory(3)

    def install(node: Any) -> dict[str, Any]:
        return call(node, "apt", name="docker.io", update_cache=True, install_recommends=False)

    with ThreadPoolExecutor(len(nodes)) as pool:
        for result in pool.map(install, nodes):
            assert not result.get("failed"), result
    return nodes

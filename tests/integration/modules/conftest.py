"""Modules called on a real node, through the session that the engine uses."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from provision.transport.pool import SessionPool
from provision.transport.session import Request

Call = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def call(node: Any) -> Iterator[Call]:
    """``call(module, check=False, diff=False, blob=b"", **args)``: the result, failed or not."""
    with SessionPool() as sessions:

        def call(
            module: str, /, check: bool = False, diff: bool = False, blob: bytes = b"", **args: Any
        ) -> dict[str, Any]:
            spec = importlib.import_module(f"provision.agent.modules.{module}").SPEC
            request = Request(module, spec.validate(args), check, diff, timeout=240.0, blob=blob)
            return sessions.get(node.target).call(request).result

        yield call

"""Run a module in this process, as the agent would."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

from provision.agent.task import ModuleFailed, ModuleTask

Call = Callable[..., dict[str, Any]]


@pytest.fixture
def call() -> Call:
    """``call(module, check=False, diff=False, blob=b"", **args)``: the result, or failed."""

    def call(
        name: str, /, check: bool = False, diff: bool = False, blob: bytes = b"", **args: Any
    ) -> dict[str, Any]:
        module = importlib.import_module(f"provision.agent.modules.{name}")
        task = ModuleTask(module.SPEC.validate(args, on_node=True), check, diff, blob)
        try:
            result: dict[str, Any] = module.run(task)
        except ModuleFailed as error:
            return {**error.result, "failed": True, "msg": error.message}
        assert isinstance(result["changed"], bool)
        if task.reply_blob:
            result["blob"] = task.reply_blob
        return result

    return call

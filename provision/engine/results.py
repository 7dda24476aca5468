"""Results as tasks register them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provision.agent.spec import ArgumentError, Spec
from provision.engine.events import Status
from provision.errors import Location, ProvisionError, TaskFailed

Result = dict[str, Any]


def status_of(result: Mapping[str, Any]) -> Status:
    """How a result counts."""
    if result.get("unreachable"):
        return Status.UNREACHABLE
    if _failed(result):
        return Status.FAILED
    if result.get("skipped"):
        return Status.SKIPPED
    return Status.CHANGED if result.get("changed") else Status.OK


def _failed(result: Mapping[str, Any]) -> bool:
    """As in Ansible, what ``failed_when`` said counts even where ``until`` gave up after it."""
    items = result.get("results")
    judged = [result, *(items if isinstance(items, list) else ())]
    verdicts = [
        one["failed_when_result"]
        for one in judged
        if isinstance(one, Mapping) and "failed_when_result" in one
    ]
    return any(verdicts) if verdicts else bool(result.get("failed"))


def with_reason(result: Result) -> Result:
    """The same; a failed one with a message, if only that it has none."""
    if result.get("failed") and "msg" not in result:
        rc = result.get("rc")
        if rc not in (None, 0):
            result["msg"] = f"exit status {rc}"
        elif result.get("failed_when_result") is True:
            result["msg"] = "failed_when holds"
        else:
            result["msg"] = "failed without a message"
    return result


def failure(error: BaseException) -> Result:
    """The result of a task that an error ended."""
    result: Result = {"changed": False, "failed": True, "msg": str(error)}
    if isinstance(error, ProvisionError):
        if error.at is not None:
            result["location"] = str(error.at)
        if error.hint:
            result["hint"] = error.hint
    return result


def of_error(error: Exception, at: Location) -> Result:
    """The result of a task that stands there and that any error ended, a bug of ours too."""
    if isinstance(error, ArgumentError):
        error = TaskFailed(error.message, at=at, hint=error.hint)
    if isinstance(error, ProvisionError):
        if error.at is None:
            error.at = at
        return failure(error)
    import traceback

    result = failure(error)
    result["msg"] = f"unexpected {type(error).__name__}: {error}"
    result["exception"] = "".join(traceback.format_exception(error))
    return result


def unreachable(error: ProvisionError) -> Result:
    """The result of a task whose host gave no session."""
    result: Result = {"changed": False, "unreachable": True, "msg": str(error)}
    if error.hint:
        result["hint"] = error.hint
    return result


def skipped_by(condition: Any) -> Result:
    """The result of a task whose ``when`` was false."""
    return {
        "changed": False,
        "skipped": True,
        "skip_reason": "Conditional result was False",
        "false_condition": condition,
    }


def skipped_in_check_mode(spec: Spec) -> Result:
    """The result of a module that cannot foresee what it would do.

    It has every key the module returns, so that later conditions on it still work.
    """
    result: Result = {}
    for name, _ in spec.returns:
        result[name] = 0 if name == "rc" else [] if name.endswith("_lines") else ""
    result.update(
        changed=False,
        skipped=True,
        msg=f"{spec.name} cannot say what it would change, so it is skipped in check mode",
    )
    return result


def add_lines(result: Result) -> None:
    """``stdout_lines`` beside ``stdout``, and the same for ``stderr``."""
    for name in ("stdout", "stderr"):
        text = result.get(name)
        if isinstance(text, str) and name + "_lines" not in result:
            result[name + "_lines"] = text.splitlines()

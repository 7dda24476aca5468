"""Tests of registered results."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from provision.errors import TemplateError


def _result(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        raise TemplateError(
            "this test takes the result of a task",
            hint="'register: name' keeps a result; test that name",
        )
    return value


def failed(result: Any) -> bool:
    """Whether a task failed."""
    return bool(_result(result).get("failed", False))


def success(result: Any) -> bool:
    """Whether a task did not fail."""
    return not failed(result)


def changed(result: Any) -> bool:
    """Whether a task, or one of its items, changed something."""
    found = _result(result)
    if "changed" in found:
        return bool(found["changed"])
    return any(bool(each.get("changed")) for each in found.get("results", ()))


def skipped(result: Any) -> bool:
    """Whether a task was skipped."""
    return bool(_result(result).get("skipped", False))


def unreachable(result: Any) -> bool:
    """Whether the host was unreachable."""
    return bool(_result(result).get("unreachable", False))


def reachable(result: Any) -> bool:
    """Whether the host was reachable."""
    return not unreachable(result)


def timedout(result: Any) -> bool:
    """Whether a task ran out of time."""
    found = _result(result).get("timedout", False)
    return bool(found.get("period")) if isinstance(found, Mapping) else bool(found)


def finished(result: Any) -> bool:
    """Whether an asynchronous task is done."""
    found = _result(result)
    return bool(found.get("finished", True) if "ansible_job_id" in found else True)


def started(result: Any) -> bool:
    """Whether an asynchronous task has begun."""
    found = _result(result)
    return bool(found.get("started", True) if "ansible_job_id" in found else True)


RESULTS: dict[str, Callable[..., Any]] = {
    **dict.fromkeys(("failed", "failure"), failed),
    **dict.fromkeys(("success", "succeeded", "successful"), success),
    **dict.fromkeys(("changed", "change"), changed),
    **dict.fromkeys(("skipped", "skip"), skipped),
    "unreachable": unreachable,
    "reachable": reachable,
    "timedout": timedout,
    "finished": finished,
    "started": started,
}

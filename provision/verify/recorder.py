"""Collects the proofs' outcomes from pytest, and tells them one by one."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass
from typing import Any

import pytest

from provision.errors import Unreachable
from provision.verify.connection import PinnedBackend
from provision.verify.plan import Plan
from provision.verify.plugin import PLAN

_SCHEME = f"{PinnedBackend.NAME}://"


@dataclass(frozen=True, slots=True)
class Proof:
    """One test's outcome.

    Parameters:
        name: as ``area: property``.
        node: the node it was about; "" for the whole cluster.
        outcome: ``passed`` or ``failed``.
        message: of a failure: what should be so, then a line for each finding.
        seconds: how long it took.
    """

    name: str
    node: str
    outcome: str
    message: str
    seconds: float


class Recorder:
    """A pytest plugin instance.

    Parameters:
        tell: called with each proof as it is decided.
        tracebacks: whole ones in messages, not only what was raised and where.

    Attributes:
        broken_off: by Ctrl-C.
    """

    def __init__(
        self, plan: Plan, tell: Callable[[Proof], None], *, tracebacks: bool = False
    ) -> None:
        self._plan = plan
        self._tracebacks = tracebacks
        self._tell = tell
        self.proofs: list[Proof] = []
        self.broken_off = False

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        """Somebody pressed Ctrl-C; pytest calls this for files that cannot be imported too."""
        self.broken_off = excinfo.type is KeyboardInterrupt

    def pytest_configure(self, config: pytest.Config) -> None:
        config.stash[PLAN] = self._plan

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self._record(report, report.duration)

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(self, collector: pytest.Collector) -> Generator[None, Any, Any]:
        report = yield
        report.provision_file = collector.path.name
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.outcome == "failed":
            self._record(report, 0.0)

    def _record(self, report: pytest.TestReport | pytest.CollectReport, seconds: float) -> None:
        passed = report.outcome == "passed"
        proof = Proof(
            name=_name(report.nodeid, _file(report)),
            node=_node(report.nodeid),
            outcome="passed" if passed else "failed",
            message="" if passed else self._message(report),
            seconds=round(seconds, 3),
        )
        self.proofs.append(proof)
        self._tell(proof)

    def _message(self, report: pytest.TestReport | pytest.CollectReport) -> str:
        crash = getattr(report.longrepr, "reprcrash", None)
        if crash is None or self._tracebacks:
            return report.longreprtext
        said = str(crash.message)
        if said.startswith("Failed: "):  # pytest.fail: its message says where itself
            return said.removeprefix("Failed: ")
        if said.startswith(_UNREACHABLE):
            return said.removeprefix(_UNREACHABLE)
        return _assertion(report.longrepr, said) or f"{crash.path}:{crash.lineno}: {said}"


_UNREACHABLE = f"{Unreachable.__module__}.{Unreachable.__qualname__}: "


def _assertion(longrepr: Any, said: str) -> str:
    """The test's own line that failed, and what was said about it, on one line; "" if unknown."""
    entry = longrepr.reprtraceback.reprentries[0]
    place = getattr(entry, "reprfileloc", None)
    source = next((line[1:].strip() for line in entry.lines if line.startswith(">")), "")
    if place is None or not source:
        return ""
    detail = said.partition("\n")[0].removeprefix("AssertionError: ")
    detail = detail.partition(" for CommandResult(")[0]
    # What pytest says of a bare assert is the source line again, or an object's repr.
    bare = detail in {"assert False", "assert not True", source} or "<" in detail
    return f"{place.path}:{place.lineno}: {source}" + ("" if bare else f" ({detail})")


def _file(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The file's name; pytest's node id lacks it for files outside its root folder."""
    if isinstance(report, pytest.TestReport):
        return report.location[0].rsplit("/", 1)[-1]
    return str(getattr(report, "provision_file", ""))


def _name(nodeid: str, file: str) -> str:
    """``suite/test_docker.py::test_engine_answers[...]`` -> ``docker: engine answers``.

    A probe's test is named after the probe: ``consul: leader``.
    """
    test = nodeid.partition("::")[2]
    area = file.removesuffix(".py").removeprefix("test_")
    bare, _, parameters = test.partition("[")
    probe = parameters.rstrip("]").removeprefix(f"{area}.")
    if bare == "test_cluster" and probe:
        return f"{area}: {probe}"
    words = bare.removeprefix("test_").replace("_", " ")
    return f"{area}: {words}" if words else area


def _node(nodeid: str) -> str:
    """``test_x[pinned://swarm-node-1]`` -> ``swarm-node-1``; testinfra's parameter comes first."""
    return nodeid.partition(_SCHEME)[2].rstrip("]")

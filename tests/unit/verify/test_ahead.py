"""Probes are asked side by side, slow ones first, and end when nobody waits any more."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from provision.verify.ahead import SIDE_BY_SIDE, Ahead
from provision.verify.connection import ProbeRunner
from provision.verify.patience import Patience
from provision.verify.probes.base import ClusterView, Finding, Probe

LATE = Finding("n1", "it", "not yet")


@pytest.fixture
def view(tmp_path: Path) -> ClusterView:
    return ClusterView((), ProbeRunner(tmp_path / "ssh_config"))


def test_they_run_at_the_same_time(view: ClusterView) -> None:
    met = threading.Barrier(SIDE_BY_SIDE, timeout=30)

    def check(_: ClusterView) -> list[Finding]:
        met.wait()
        return []

    probes = [Probe(f"a.p{number}", "all meet", check) for number in range(SIDE_BY_SIDE)]
    ahead = Ahead(view, Patience(30))
    ahead.ask(probes)
    assert [ahead.findings(probe) for probe in probes] == [[]] * SIDE_BY_SIDE
    ahead.give_up(30)


def test_one_that_was_not_asked_for_is_asked_now(view: ClusterView) -> None:
    probe = Probe("a.late", "it is", lambda _: [LATE])
    assert Ahead(view, Patience(0)).findings(probe) == [LATE]


def test_what_goes_wrong_in_it_is_raised_where_it_is_needed(view: ClusterView) -> None:
    def check(_: ClusterView) -> list[Finding]:
        raise ZeroDivisionError

    ahead = Ahead(view, Patience(30))
    probe = Probe("a.broken", "it is", check)
    ahead.ask([probe])
    with pytest.raises(ZeroDivisionError):
        ahead.findings(probe)


def test_nobody_is_waited_for_once_it_is_given_up(view: ClusterView) -> None:
    asked = threading.Event()

    def check(_: ClusterView) -> Iterator[Finding]:
        asked.set()
        yield LATE

    ahead = Ahead(view, Patience(600))
    probe = Probe("a.never", "it is", check)
    ahead.ask([probe])
    assert asked.wait(30)
    began = time.monotonic()
    ahead.give_up(30)
    assert ahead.findings(probe) == [LATE]
    assert time.monotonic() - began < 300, "it went on waiting"


def test_a_slow_probe_has_its_own_patience(view: ClusterView) -> None:
    times: list[float] = []

    def check(_: ClusterView) -> list[Finding]:
        times.append(time.monotonic())
        return [LATE]

    assert Probe("a.slow", "it is", check, slow=True).settle(view, 600) == [LATE]
    assert len(times) == 1


def test_one_that_does_not_end_is_left(view: ClusterView) -> None:
    end = threading.Event()

    def check(_: ClusterView) -> list[Finding]:
        end.wait(300)
        return []

    ahead = Ahead(view, Patience(600))
    probe = Probe("a.frozen", "it is", check)
    ahead.ask([probe])
    began = time.monotonic()
    ahead.give_up(0.1)
    assert time.monotonic() - began < 200, "it was waited for"
    end.set()
    assert ahead.findings(probe) == []

"""Upgrading Docker in a swarm: what apt says, whose turn it is, what is told when it stops."""

from __future__ import annotations

import pytest

from provision.cluster.swarm import packages
from provision.cluster.swarm.packages import Change
from provision.cluster.swarm.upgrade import Step, _explaining
from provision.errors import MachineError, Unreachable
from provision.verify.probes.base import Finding, NoAnswer, Node

SIMULATED = """have docker.io containerd runc
Reading package lists...
The following packages will be upgraded:
  docker.io runc
Inst runc [1.0.0~rc93+ds1-5+deb11u5] (1.1.5+ds1-1+deb12u1 Debian:12.12/oldstable [amd64])
Inst docker.io [20.10.5+dfsg1-1+deb11u4] (20.10.24+dfsg1-1+deb12u1 Debian:12.12/oldstable [amd64])
Inst tini (0.19.0-1 Debian:12.12/oldstable [amd64]) []
Conf runc (1.1.5+ds1-1+deb12u1 Debian:12.12/oldstable [amd64])
"""


def test_what_apt_would_install_is_read() -> None:
    found = packages.parse(SIMULATED)
    assert found[1] == Change("docker.io", "20.10.5+dfsg1-1+deb11u4", "20.10.24+dfsg1-1+deb12u1")
    assert found[2] == Change("tini", "", "0.19.0-1")
    assert packages.shown(found[:1]) == "runc 1.0.0~rc93+ds1-5+deb11u5 -> 1.1.5+ds1-1+deb12u1"
    assert packages.shown([]) == "nothing"


def step(name: str, *, begun: bool = False, changes: tuple[Change, ...] = ()) -> Step:
    return Step(Node(name, "10.0.0.1", "worker", "client"), "worker", "20.10.5", changes, begun)


def test_a_node_has_a_turn_if_there_is_something_new_or_it_was_begun() -> None:
    assert not step("n1").needed
    assert step("n1", begun=True).needed
    assert step("n1", changes=(Change("runc", "1", "2"),)).needed


@pytest.mark.parametrize(
    "error",
    [
        MachineError("it broke", hint="look there"),
        NoAnswer(Finding("n2", "an answer", "it broke")),
        Unreachable("it broke"),
    ],
)
def test_whatever_stops_it_is_told_with_how_to_go_on(error: Exception) -> None:
    with (
        pytest.raises(
            (MachineError, Unreachable), match=r"the upgrade stopped at n2: .*it broke"
        ) as caught,
        _explaining(step("n2"), [step("n3"), step("n1")]),
    ):
        raise error
    hint = caught.value.hint or ""
    assert "`provision swarm upgrade` goes on with n2" in hint
    assert "not upgraded yet: n3, n1" in hint

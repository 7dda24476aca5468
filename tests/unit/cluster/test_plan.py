from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from provision.cluster.cluster import declared_shape
from provision.cluster.plan import compare
from provision.cluster.quorum import Quorum
from provision.cluster.shape import Shape
from provision.errors import UsageError
from provision.machines.driver import MachineState
from provision.machines.state import ClusterState


def changes(before: Shape | None, asked: dict[str, Any], away: tuple[int, ...] = ()) -> list[str]:
    after = Shape.declare(asked, before)
    numbers = before.counted if before else ()
    states = {f"lab-node-{n}": MachineState.RUNNING for n in numbers if n not in away}
    return [
        f"{each.verb} {each.node[-1]}" for each in compare("lab", before, after, states).changes
    ]


def test_a_new_cluster_is_created() -> None:
    assert changes(None, {"nodes": 3}) == ["create 1", "create 2", "create 3"]


@pytest.mark.parametrize(
    ("before", "asked", "wanted"),
    [
        ({"nodes": 3}, {}, []),
        ({"nodes": 3}, {"nodes": 5}, ["create 4", "create 5"]),
        ({"nodes": 5}, {"nodes": 3}, ["remove 5", "remove 4"]),
        ({"nodes": 5}, {"managers": 5}, ["promote 4", "promote 5"]),
        ({"nodes": 5, "managers": 5}, {"managers": 3}, ["demote 5", "demote 4"]),
        ({"nodes": 5, "managers": 5}, {"nodes": 4}, ["demote 4", "remove 5"]),
        ({"nodes": 5, "managers": 5}, {"nodes": 3}, ["remove 5", "remove 4"]),
        ({"nodes": 4, "leaders": (1, 2, 4)}, {"nodes": 3}, ["promote 3", "remove 4"]),
    ],
)
def test_the_order_of_changes(
    before: dict[str, Any], asked: dict[str, Any], wanted: list[str]
) -> None:
    assert changes(Shape(**{"managers": 3, **before}), asked) == wanted


def test_what_a_killed_run_has_done_is_not_planned_again() -> None:
    shape = Shape(nodes=5, managers=5).with_role(5, "worker")
    assert changes(shape, {"nodes": 3}) == ["remove 5", "remove 4"]
    assert changes(shape.without(5), {"nodes": 3}) == ["remove 4"]
    assert changes(shape.without(5).with_role(4, "worker").without(4), {"nodes": 3}) == []


def test_what_was_declared_before_a_kill_stays_declared() -> None:
    declared = dataclasses.asdict(Shape(nodes=5, memory=1024))
    state = ClusterState("lab", "docker", {}, None, declared, {})
    again = declared_shape(state, {"memory": None}, "lab")
    assert again == Shape(nodes=5, managers=3, memory=1024)
    other = declared_shape(state, {"nodes": 1, "memory": 2048}, "lab")
    assert other == Shape(nodes=1, managers=1, memory=2048)
    assert declared_shape(None, {}, "lab") == Shape()


def test_lost_machines_are_made_again_and_others_started() -> None:
    before = Shape.declare({"nodes": 3})
    assert changes(before, {}, away=(2,)) == ["create 2"]
    states = {
        "lab-node-1": MachineState.RUNNING,
        "lab-node-2": MachineState.STOPPED,
        "lab-node-3": MachineState.RUNNING,
    }
    assert [each.verb for each in compare("lab", before, before, states).changes] == ["start"]


def test_the_cost_of_fewer_managers() -> None:
    five, three = Shape.declare({"nodes": 5, "managers": 5}), Shape.declare({"nodes": 5})
    plan = compare("lab", five, three, {})
    assert "5 -> 3" in plan.cost()
    assert "2 -> 1" in plan.cost()
    assert compare("lab", three, three, {}).cost() == ""


def managers(total: int, away: int = 0) -> Quorum:
    return Quorum("managers", {f"n{n}": n > away for n in range(1, total + 1)})


@pytest.mark.parametrize(
    ("total", "away", "gone", "refused"),
    [
        (5, 0, "n5", ""),
        (3, 0, "n3", "2 of 3 managers would remain: no further failure tolerated"),
        (3, 1, "n1", ""),  # the one that is away: nothing gets worse
        (3, 1, "n3", "2 of 3 managers would remain, 1 of them away: no quorum"),
        (2, 0, "n1", ""),
        (1, 0, "n1", "last of the managers"),
    ],
)
def test_what_may_be_taken_from_a_quorum(total: int, away: int, gone: str, refused: str) -> None:
    now = managers(total, away)
    if not refused:
        now.require(now.without(gone), force=False, doing="demote it")
        return
    with pytest.raises(UsageError, match="demote it") as caught:
        now.require(now.without(gone), force=False, doing="demote it")
    assert refused in caught.value.message


def test_force_accepts_no_tolerance_but_never_a_broken_quorum() -> None:
    now = managers(3)
    now.require(now.without("n3"), force=True, doing="demote it")
    broken = managers(3, 1)
    with pytest.raises(UsageError, match="no quorum"):
        broken.require(broken.without("n3"), force=True, doing="demote it")

from __future__ import annotations

import dataclasses
from typing import Any

import pytest

from provision.cluster.shape import Shape
from provision.errors import UsageError


@pytest.mark.parametrize(
    ("asked", "managers"),
    [
        ({}, 3),
        ({"nodes": 1}, 1),
        ({"nodes": 2}, 1),
        ({"nodes": 3}, 3),
        ({"nodes": 5}, 3),
        ({"nodes": 5, "managers": 5}, 5),
        ({"nodes": 3, "managers": 1}, 1),
    ],
)
def test_managers_are_odd_and_three_where_they_fit(asked: dict[str, Any], managers: int) -> None:
    assert Shape.declare(asked).managers == managers


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        ({"nodes": 0}, "0 nodes", "--nodes 1"),
        ({"managers": 2}, "2 managers cannot form a sound quorum", "odd"),
        ({"nodes": 9, "managers": 9}, "9 managers", "1 to 7"),
        ({"nodes": 2, "managers": 3}, "3 managers do not fit in 2 nodes", "--managers 1"),
        ({"memory": 100}, "100 MiB", "--memory 512"),
        ({"cpus": 0}, "0 CPUs", "--cpus 1"),
        ({"disk": 0}, "0 GiB", "--disk"),
    ],
)
def test_impossible_shapes_are_refused(asked: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        Shape.declare(asked)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_growing_keeps_what_was_not_said() -> None:
    before = Shape.declare({"nodes": 3, "memory": 1024})
    after = Shape.declare({"nodes": 5}, before)
    assert (after.nodes, after.managers, after.memory) == (5, 3, 1024)


@pytest.mark.parametrize("asked", [{"memory": 4096}, {"cpus": 8}, {"subnet": "10.9.0.0/24"}])
def test_machines_that_exist_are_not_changed(asked: dict[str, Any]) -> None:
    before = Shape.declare({"nodes": 4, "subnet": "10.8.0.0/24"})
    with pytest.raises(UsageError):
        Shape.declare(asked, before)


@pytest.mark.parametrize(
    ("before", "asked", "numbers", "leaders"),
    [
        ({"nodes": 5}, {"nodes": 3}, (1, 2, 3), (1, 2, 3)),
        ({"nodes": 5, "managers": 5}, {"nodes": 3}, (1, 2, 3), (1, 2, 3)),
        ({"nodes": 5, "managers": 5}, {"nodes": 4}, (1, 2, 3, 4), (1, 2, 3)),
        ({"nodes": 5}, {"managers": 5}, (1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),
        ({"nodes": 5, "managers": 5}, {"managers": 3}, (1, 2, 3, 4, 5), (1, 2, 3)),
        ({"nodes": 3}, {"nodes": 1}, (1,), (1,)),
        ({"nodes": 1}, {"nodes": 3}, (1, 2, 3), (1,)),
        ({"nodes": 5, "numbers": (1, 3, 4, 6, 7)}, {"nodes": 3}, (1, 3, 4), (1, 3, 4)),
        ({"nodes": 3, "numbers": (1, 3, 4)}, {"nodes": 5}, (1, 2, 3, 4, 5), (1, 3, 4)),
        ({"nodes": 5, "leaders": (1, 2, 5)}, {"nodes": 4}, (1, 2, 3, 4), (1, 2, 3)),
        ({"nodes": 5, "leaders": (2, 3, 5)}, {"managers": 1}, (1, 2, 3, 4, 5), (2,)),
    ],
)
def test_another_size(
    before: dict[str, Any],
    asked: dict[str, Any],
    numbers: tuple[int, ...],
    leaders: tuple[int, ...],
) -> None:
    after = Shape.declare(asked, Shape(**{"managers": min(3, before["nodes"]), **before}))
    assert (after.counted, after.manager_indexes) == (numbers, leaders)


def test_one_node_less_and_grown_again() -> None:
    shape = Shape.declare({"nodes": 4}).without(2)
    assert (shape.nodes, shape.counted, shape.manager_indexes) == (3, (1, 3, 4), (1, 3))
    assert [spec.name for spec in shape.specs("lab")] == ["lab-node-1", "lab-node-3", "lab-node-4"]
    assert Shape.declare({"nodes": 4}, shape).counted == (1, 2, 3, 4)


def test_a_role_of_its_own() -> None:
    shape = Shape.declare({"nodes": 5}).with_role(5, "manager")
    assert (shape.managers, shape.manager_indexes) == (4, (1, 2, 3, 5))
    assert Shape.declare({}, shape) == shape
    shape = shape.with_role(1, "worker")
    assert (shape.managers, shape.manager_indexes) == (3, (2, 3, 5))
    assert Shape(**dataclasses.asdict(shape)) == shape
    back = shape.with_role(1, "manager").with_role(5, "worker")
    assert back == Shape.declare({"nodes": 5})


def test_the_last_manager_stays() -> None:
    with pytest.raises(UsageError, match="without a manager"):
        Shape.declare({"nodes": 1}).with_role(1, "worker")


def test_availability_is_declared_by_node_or_for_all_managers() -> None:
    shape = dataclasses.replace(Shape.declare({"nodes": 4}), drain_managers=True)
    shape = shape.with_availability("lab-node-4", "pause")
    nodes = [shape.node(spec, "") for spec in shape.specs("lab")]
    assert [node.availability for node in nodes] == ["drain", "drain", "drain", "pause"]
    assert shape.with_availability("lab-node-4", "active").availability == {}


def test_more_managers_are_fine_while_there_are_no_workers() -> None:
    before = Shape.declare({"nodes": 3})
    assert Shape.declare({"nodes": 5, "managers": 5}, before).managers == 5


def test_first_nodes_lead() -> None:
    shape = Shape.declare({"nodes": 4})
    nodes = [shape.node(spec, f"10.0.0.{spec.index}") for spec in shape.specs("lab")]
    assert [node.name for node in nodes] == [f"lab-node-{n}" for n in (1, 2, 3, 4)]
    assert [node.swarm for node in nodes] == ["manager"] * 3 + ["worker"]
    assert [node.consul for node in nodes] == ["server"] * 3 + ["client"]

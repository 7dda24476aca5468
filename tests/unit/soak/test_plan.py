"""Whatever the seed: a soak's plan does nothing that no cluster could take."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.examples import examples
from tests.soak.model import KINDS, Limits, Operation, Service, State, after, beginning
from tests.soak.plan import closing, plan

seeds = st.integers(0, 2**32)


@st.composite
def starts(draw: st.DrawFn) -> State:
    least = draw(st.integers(3, 4))
    limits = Limits(least=least, most=draw(st.integers(least, 6)), managers=3)
    return beginning(limits, draw(st.integers(least, limits.most)))


def states(start: State, operations: list[Operation]) -> list[State]:
    """One before each operation, and the last."""
    passed = [start]
    for operation in operations:
        passed.append(after(passed[-1], operation))
    return passed


@examples(25)
@given(seeds, starts(), st.integers(0, 60))
def test_every_step_is_legal_where_it_stands(seed: int, start: State, count: int) -> None:
    operations = plan(seed, count, start)
    assert len(operations) == count
    for state, operation in zip(states(start, operations), operations, strict=False):
        assert operation in KINDS[operation.kind].choices(state)


@examples(25)
@given(seeds, starts())
def test_a_seed_is_one_sequence_and_a_shorter_one_is_its_beginning(seed: int, start: State) -> None:
    whole = plan(seed, 30, start)
    assert plan(seed, 30, start) == whole
    assert plan(seed, 12, start) == whole[:12]


@examples(25)
@given(seeds, starts())
def test_there_is_always_somewhere_to_run_and_never_too_many_nodes(seed: int, start: State) -> None:
    for state in states(start, plan(seed, 50, start)):
        assert state.limits.least <= state.nodes <= state.limits.most
        assert len(state.active) >= 2
        assert all(1 <= node <= state.nodes for node in state.drained)


@examples(25)
@given(seeds, starts())
def test_managers_are_never_removed(seed: int, start: State) -> None:
    operations = plan(seed, 50, start)
    for operation in operations:
        if operation.kind == "shrink":
            assert operation.count is not None
            assert operation.count >= start.limits.managers


@examples(25)
@given(seeds, starts())
def test_at_the_end_every_node_works_again(seed: int, start: State) -> None:
    state = states(start, plan(seed, 50, start))[-1]
    for operation in closing(state):
        state = after(state, operation)
    assert not state.drained


@examples(25)
@given(seeds, starts())
def test_services_are_changed_only_once_they_are_there(seed: int, start: State) -> None:
    there = {service.name for service in start.services}
    for operation in plan(seed, 50, start):
        if operation.kind == "deploy":
            assert operation.what not in there
            there.add(operation.what)
        elif operation.kind in ("scale", "update"):
            assert operation.what in there


def test_an_update_is_another_version_and_scaling_is_not() -> None:
    start = State(Limits(), 3, services=(Service("red", 2),))
    updated = after(start, Operation("update", what="red"))
    assert updated.service("red") == Service("red", 2, version=2)
    assert after(updated, Operation("scale", what="red", count=4)).services == (
        Service("red", 4, version=2),
    )


def test_what_is_not_possible_is_refused() -> None:
    start = State(Limits(), 3)
    with pytest.raises(ValueError, match="'shrink to 2' is not possible"):
        after(start, Operation("shrink", count=2))
    with pytest.raises(ValueError, match="none of activate, shrink is possible"):
        plan(1, 1, start, ["shrink", "activate"])


def test_every_kind_comes_up() -> None:
    """Otherwise a soak would leave something out for ever."""
    start = State(Limits(), 3)
    met = {operation.kind for seed in range(20) for operation in plan(seed, 50, start)}
    assert met == set(KINDS)

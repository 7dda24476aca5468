"""A sequence of operations from a seed. Pure: the same seed gives the same sequence."""

from __future__ import annotations

import random
from collections.abc import Collection, Iterator

from tests.soak.model import KINDS, Operation, State, after


def plan(
    seed: int, count: int, start: State, kinds: Collection[str] = tuple(KINDS)
) -> list[Operation]:
    """That many operations, each legal in the state that those before lead to.

    Parameters:
        kinds: of which to choose.

    Raises:
        ValueError: none of these kinds is possible.
    """
    dice = random.Random(seed)
    state, chosen = start, []
    for _ in range(count):
        operation = _choose(dice, state, kinds)
        chosen.append(operation)
        state = after(state, operation)
    return chosen


def closing(state: State) -> Iterator[Operation]:
    """What brings every node back to work at the end."""
    for node in sorted(state.drained):
        yield Operation("activate", node)


def _choose(dice: random.Random, state: State, kinds: Collection[str]) -> Operation:
    possible = {
        name: list(choices)
        for name, kind in KINDS.items()
        if name in kinds and (choices := kind.choices(state))
    }
    if not possible:
        raise ValueError(f"none of {', '.join(sorted(kinds))} is possible with {state}")
    names = list(possible)
    (name,) = dice.choices(names, weights=[KINDS[each].weight for each in names])
    return dice.choice(possible[name])

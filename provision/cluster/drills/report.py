"""What came of a drill."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that was done or seen.

    Parameters:
        seconds: since the drill began.
    """

    seconds: float
    what: str


@dataclass(frozen=True, slots=True)
class Figure:
    """How long something took.

    Parameters:
        floor: seconds below which it cannot be, ``why`` says what makes them; None if unknown.
    """

    what: str
    seconds: float
    floor: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """Something that had to hold, and what contradicts it."""

    claim: str
    findings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole drill; ``passed`` when every proof holds."""

    drill: str
    cluster: str
    seconds: float
    happenings: Sequence[Happening]
    figures: Sequence[Figure]
    proofs: Sequence[Proof]

    @property
    def passed(self) -> bool:
        return not any(proof.findings for proof in self.proofs)

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {**_rounded(dataclasses.asdict(self)), "passed": self.passed}


def _rounded(value: Any) -> Any:
    """Seconds to the millisecond."""
    if isinstance(value, float):
        return round(value, 3)
    if isinstance(value, dict):
        return {key: _rounded(each) for key, each in value.items()}
    return [_rounded(each) for each in value] if isinstance(value, list) else value

"""What a change costs: how many failures a raft group tolerates before and after."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from provision.errors import UsageError


@dataclass(frozen=True, slots=True)
class Quorum:
    """A raft group: the swarm's managers, or Consul's servers.

    Parameters:
        what: its members' name, in the plural.
        members: by name, whether it answers.
    """

    what: str
    members: Mapping[str, bool]

    @property
    def total(self) -> int:
        """How many there are."""
        return len(self.members)

    @property
    def away(self) -> int:
        """How many of them do not answer."""
        return self.total - sum(self.members.values())

    @property
    def tolerated(self) -> int:
        """How many more may fail; negative without a quorum."""
        return self.total - self.away - (self.total // 2 + 1)

    def without(self, name: str) -> Quorum:
        """With one member less."""
        return Quorum(self.what, {k: v for k, v in self.members.items() if k != name})

    def tolerance(self) -> str:
        """In words, how many more may fail."""
        if self.tolerated < 0:
            return "no quorum"
        return f"{_count(self.tolerated)} tolerated"

    def cost(self, after: Quorum) -> str:
        """In words, what another state means."""
        away = f", {after.away} of them away" if after.away else ""
        left = f"{after.total} of {self.total} {self.what} would remain{away}"
        return f"{left}: {after.tolerance()}"

    def require(self, after: Quorum, *, force: bool, doing: str) -> None:
        """Refuse a change that would break the quorum, or take away the last tolerance.

        Parameters:
            force: accept a group that tolerates no failure. A broken quorum is never accepted.
            doing: what the change is, such as ``demote n1``.

        Raises:
            UsageError: saying what it would cost.
        """
        if after.total < 1:
            raise UsageError(
                f"cannot {doing}: it is the last of the {self.what}",
                hint="`provision node promote` another one first; `provision down` removes all",
            )
        if after.tolerated < 0:
            raise UsageError(
                f"cannot {doing}: {self.cost(after)}",
                hint="bring back those that are away; `provision recover` is for when they are "
                "gone for good",
            )
        if self.tolerated > 0 and after.tolerated == 0 and not force:
            raise UsageError(
                f"will not {doing}: {self.cost(after)}",
                hint="`provision node promote` another one first, or accept it with --force",
            )


def _count(number: int) -> str:
    if number == 0:
        return "no further failure"
    return "1 failure" if number == 1 else f"{number} failures"

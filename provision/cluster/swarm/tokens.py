"""The tokens by which nodes join."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from provision.cluster.swarm.members import speaker
from provision.cluster.swarm.operation import SwarmOperation

ROLES = ("worker", "manager")


@dataclass(frozen=True, slots=True)
class JoinTokens:
    """What a node needs to join. Has no repr of the tokens: they are secrets.

    Parameters:
        address: host:port of a manager.
        by_role: ``worker`` and ``manager``.
    """

    address: str
    by_role: Mapping[str, str]

    def __repr__(self) -> str:
        return f"JoinTokens({self.address!r}, ...)"


def read(work: SwarmOperation) -> JoinTokens:
    """The tokens that are valid now.

    Raises:
        NoAnswer: no manager speaks for the swarm.
    """
    manager = speaker(work.view)
    facts = work.module(manager, "docker_swarm_info", {})["swarm_facts"]["JoinTokens"]
    return JoinTokens(f"{manager.address}:2377", {role: facts[role.capitalize()] for role in ROLES})


def rotate(work: SwarmOperation, roles: Collection[str] = ROLES) -> None:
    """Make new tokens; the old ones let nobody join any more. Nodes stay as they are."""
    args = {f"rotate_{role}_token": True for role in roles}
    work.module(speaker(work.view), "docker_swarm", args)
    for role in roles:
        work.say(f"the {role} token is a new one")


def masked(token: str) -> str:
    """A token to be told from others, not to be used. Its beginning names the swarm's CA."""
    return f"{token[:20]}…{token[-4:]}"

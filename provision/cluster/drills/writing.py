"""Writers of Consul keys that run through a drill, and what became of what they wrote."""

from __future__ import annotations

from collections.abc import Sequence

from provision.cluster.drills.drill import Arena
from provision.cluster.drills.writer import PREFIX, KvWriter, Written, remove_keys
from provision.verify.probes.base import Node

START = 60.0
"""Seconds for the first acknowledged writes."""


class Writing:
    """Begun before anything is broken.

    It goes through every server, and through the node that somebody asked to be hit.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        through = [n for n in arena.view.nodes if n.consul == "server" or n == arena.victim]
        remove_keys(arena.view, arena.view.servers[0], PREFIX)  # a killed drill's
        self.writers = {node: KvWriter(arena.cluster, node) for node in through}
        for writer in self.writers.values():
            arena.cleanup.callback(writer.remove, arena.view, arena.view.servers[0])
            arena.cleanup.callback(writer.stop)
        arena.wait(
            "writes are acknowledged",
            START,
            lambda: all(writer.acknowledged > 20 for writer in self.writers.values()),
        )
        arena.note(f"writes are acknowledged through {_names(through)}")

    def resumes(self, through: Sequence[Node], timeout: float) -> float:
        """Wait for acknowledgements from now on; when they are there.

        Parameters:
            through: those of these nodes that are written through.

        Raises:
            MachineError: there are none within ``timeout`` seconds.
        """
        before = {n: self.writers[n].acknowledged for n in through if n in self.writers}
        seconds = self._arena.wait(
            "writes are acknowledged",
            timeout,
            lambda: all(self.writers[node].acknowledged > n for node, n in before.items()),
        )
        self._arena.note(f"writes are acknowledged through {_names(list(before))}")
        return seconds

    def prove(self, *, spared: Sequence[Node]) -> float:
        """Stop, and prove that nothing acknowledged is lost.

        Parameters:
            spared: the nodes that were not hit.

        Returns: the longest pause between acknowledgements through one of them, in seconds.
        """
        view = self._arena.view
        written: dict[Node, Written] = {node: w.stop() for node, w in self.writers.items()}
        lost = [
            finding
            for node, writer in self.writers.items()
            for finding in writer.lost(view, next(s for s in view.servers if s != node))
        ]
        acknowledged = sum(each.acknowledged for each in written.values())
        refused = sum(each.failed for each in written.values())
        self._arena.prove(
            f"of {acknowledged} acknowledged writes none is lost ({refused} were refused)", lost
        )
        return max(written[node].longest_gap for node in spared if node in written)


def _names(nodes: Sequence[Node]) -> str:
    return ", ".join(node.name for node in nodes)

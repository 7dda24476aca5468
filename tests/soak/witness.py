"""Writers of Consul keys that outlive restarts, lost nodes and changed tokens."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from provision.cluster.cluster import Cluster
from provision.cluster.drills.writer import KvWriter
from provision.errors import ProvisionError
from provision.verify.probes.base import ClusterView, Finding, Node

PREFIX = "provision/soak/"
PAUSE = 0.25
"""Seconds between two writes of one writer."""

SILENCE = 20.0
"""Seconds without an acknowledgement after which a writer is begun anew: its node may have lost
its power, its token may be another one now."""


class LastingWriter:
    """Writes through one node's agent; a series of writers, of which one is at work.

    Parameters:
        opened: the cluster as its state is now, for addresses and tokens.
        number: of the node.
    """

    def __init__(self, opened: Callable[[], Cluster], number: int) -> None:
        self._opened = opened
        self._number = number
        self._all: list[KvWriter] = []

    @property
    def acknowledged(self) -> int:
        """How many writes, so far."""
        return sum(writer.acknowledged for writer in self._all)

    @property
    def failed(self) -> int:
        """How many were refused, by writers that have stopped."""
        return sum(writer.stop().failed for writer in self._all)

    def tend(self) -> None:
        """Begin anew where it is necessary."""
        if self._all and not self._all[-1].ended and self._all[-1].silent < SILENCE:
            return
        if self._all:
            self._all[-1].stop()
        cluster = self._opened()
        node = next((n for n in cluster.nodes if n.name.endswith(f"-{self._number}")), None)
        if node is not None:
            self._all.append(KvWriter(cluster, node, prefix=PREFIX, pause=PAUSE))

    def stop(self) -> None:
        for writer in self._all:
            writer.stop()

    def lost(self, view: ClusterView, readers: Sequence[Node]) -> list[Finding]:
        """What was acknowledged and is not there, as another server reads it."""
        return [
            finding
            for writer in self._all
            for finding in writer.lost(view, next(r for r in readers if r != writer.node))
        ]


@contextmanager
def writing(
    opened: Callable[[], Cluster], numbers: Sequence[int]
) -> Iterator[Sequence[LastingWriter]]:
    """Writers on nodes, tended as long as the body runs."""
    writers = [LastingWriter(opened, number) for number in numbers]
    over = threading.Event()

    def tend() -> None:
        while not over.wait(2):
            for writer in writers:
                # The cluster's state may be about to change under its hands.
                with contextlib.suppress(ProvisionError, OSError):
                    writer.tend()

    keeper = threading.Thread(target=tend, daemon=True)
    keeper.start()
    try:
        yield writers
    finally:
        over.set()
        keeper.join()
        for writer in writers:
            writer.stop()

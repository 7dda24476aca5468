"""What a drill is, and what it is given to work with."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace

from provision.cluster.cluster import Cluster
from provision.cluster.drills.report import Figure, Happening, Proof, Report
from provision.errors import MachineError
from provision.transport.pool import SessionPool
from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node, Probe

POLL = 0.05
"""Seconds between two looks at what is awaited; each look is a round trip or more."""


class Arena:
    """A drill under way: the cluster, a clock, and what was seen so far.

    Parameters:
        view: asks the nodes.
        sessions: through which it does.
        tell: called with each happening as it happens.
        victim: the node that somebody asked to be hit; None for the drill's own choice.
    """

    def __init__(
        self,
        cluster: Cluster,
        view: ClusterView,
        sessions: SessionPool,
        tell: Callable[[Happening], None],
        victim: Node | None = None,
    ) -> None:
        self.cluster = cluster
        self.view = view
        self.sessions = sessions
        self.victim = victim
        self.cleanup = ExitStack()
        """What has to be undone whatever comes; the last is undone first."""
        self._tell = tell
        self._start = time.monotonic()
        self._happenings: list[Happening] = []
        self._figures: list[Figure] = []
        self._proofs: list[Proof] = []

    @property
    def now(self) -> float:
        """Seconds since the drill began."""
        return time.monotonic() - self._start

    def note(self, what: str) -> float:
        """Say that something happened; when it did, in seconds since the drill began."""
        happening = Happening(self.now, what)
        self._happenings.append(happening)
        self._tell(happening)
        return happening.seconds

    def figure(
        self, what: str, seconds: float, *, floor: float | None = None, why: str = ""
    ) -> None:
        """Record how long something took.

        Parameters:
            floor: seconds below which it cannot be.
            why: what makes that floor.
        """
        self._figures.append(Figure(what, seconds, floor, why))

    def prove(self, claim: str, findings: Sequence[Finding | str]) -> None:
        """Record whether a claim holds: with no findings it does."""
        self._proofs.append(Proof(claim, [str(finding) for finding in findings]))

    def require(self, probes: Sequence[Probe], patience: float) -> None:
        """Refuse to start on a cluster that is not well.

        Parameters:
            patience: seconds, for each probe.

        Raises:
            MachineError: naming what is wrong.
        """
        for probe in probes:
            if found := probe.settle(self.view, patience):
                shown = "; ".join(map(str, found))
                raise MachineError(
                    f"the cluster is not well before the drill: {shown}",
                    hint="`provision status` shows the whole picture; nothing was done",
                )

    def settle(self, probes: Sequence[Probe], timeout: float) -> None:
        """Prove probes, giving each some time to come true.

        Parameters:
            timeout: seconds, for each.
        """
        for probe in probes:
            self.prove(probe.claim, probe.settle(self.view, timeout))

    def wait(self, what: str, timeout: float, holds: Callable[[], bool]) -> float:
        """Look until something holds; when it did, in seconds since the drill began.

        Who does not answer has not said yes yet: managers without a leader let one wait.

        Raises:
            MachineError: it did not come true in time.
        """
        deadline = time.monotonic() + timeout
        while True:
            why = ""
            try:
                if holds():
                    return self.now
            except NoAnswer as silence:
                why = f": {silence}"
            if time.monotonic() > deadline:
                raise MachineError(f"within {timeout:g} s this did not happen: {what}{why}")
            time.sleep(POLL)

    def wait_for(self, probes: Sequence[Probe], timeout: float) -> float:
        """Look until probes hold; when they did, in seconds since the drill began.

        Parameters:
            timeout: seconds, for each.

        Raises:
            MachineError: one did not come true in time, naming what contradicts it.
        """
        for probe in probes:
            if found := probe.settle(self.view, timeout, interval=POLL):
                shown = "; ".join(map(str, found))
                raise MachineError(f"within {timeout:g} s this is not so: {probe.claim}: {shown}")
        return self.now

    def do(self, node: Node, *command: str) -> None:
        """Run a program on a node that has to succeed.

        Raises:
            MachineError: it does not.
        """
        done = self.view.run(node, *command)
        if done.rc:
            raise MachineError(
                f"{' '.join(command)}: {(done.stderr or done.stdout).strip()}", host=node.name
            )

    def without(self, *nodes: Node) -> ClusterView:
        """The cluster as seen by those who do not ask these nodes: they may not answer."""
        return replace(self.view, nodes=[node for node in self.view.nodes if node not in nodes])

    def hang_up(self, node: Node) -> None:
        """Drop the connection to a node that is about to go or was away.

        A machine that loses its power closes no connection: whoever asks over it waits long.
        """
        self.sessions.reset(self.cluster.targets()[node.name])

    def report(self, drill: str) -> Report:
        return Report(
            drill=drill,
            cluster=self.cluster.name,
            seconds=self.now,
            happenings=list(self._happenings),
            figures=list(self._figures),
            proofs=list(self._proofs),
        )


@dataclass(frozen=True, slots=True)
class Drill:
    """One fault.

    Parameters:
        summary: what is done and what is proven, in a line.
        run: does it. What it breaks it mends by ``arena.cleanup``, so that an interrupted drill
            leaves nothing broken either.
        hits_a_node: whether one may say which node.
    """

    name: str
    summary: str
    run: Callable[[Arena], None]
    hits_a_node: bool = False

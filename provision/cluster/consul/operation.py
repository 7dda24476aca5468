"""What operations on a formed Consul share: its nodes, the play that converges, the wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provision.cluster.cluster import Cluster
from provision.cluster.consul import certificates
from provision.cluster.plays import run_playbooks
from provision.engine.events import Subscriber
from provision.errors import MachineError
from provision.transport.pool import SessionPool
from provision.verify.probes import consul
from provision.verify.probes.base import ClusterView, NoAnswer, Node, Probe

SETTLE = 90.0
"""Seconds for each probe to come true after something was changed."""


@dataclass(frozen=True, slots=True)
class Operation:
    """A command at work on a cluster, under its lock.

    Parameters:
        say: one line of progress.
        subscribers: of the plays' events.
    """

    cluster: Cluster
    sessions: SessionPool
    say: Callable[[str], None]
    subscribers: Sequence[Subscriber]

    @property
    def view(self) -> ClusterView:
        """The nodes, asked with the tokens that are on record now."""
        return self.cluster.view(self.sessions)

    def play(
        self, playbook: str, variables: Mapping[str, Any] | None = None, limit: Sequence[str] = ()
    ) -> None:
        """Run one of the shipped playbooks.

        Raises:
            MachineError: it failed on a node.
        """
        run = run_playbooks(
            self.cluster,
            [playbook],
            sessions=self.sessions,
            subscribers=self.subscribers,
            variables=variables,
            limit=limit,
        )
        if run.exit_code:
            failed = ", ".join(
                name for name, tally in run.recap.items() if tally.failed or tally.unreachable
            )
            raise MachineError(
                f"the play {playbook} failed on {failed or 'a node'}",
                hint="the same command again goes on from there; -v shows each task",
            )

    def require(self, probes: Sequence[Probe]) -> None:
        """Refuse to work on a Consul that is not well.

        Raises:
            MachineError: naming what is wrong; nothing was changed.
        """
        for probe in probes:
            if found := probe.settle(self.view, 5):
                raise MachineError(
                    f"Consul is not well: {'; '.join(map(str, found))}",
                    hint="nothing was changed; `provision bootstrap consul` brings it in order",
                )

    def settle(self) -> None:
        """Wait until everything that concerns Consul holds.

        Raises:
            MachineError: naming what does not.
        """
        for probe in consul.probes(self.cluster.consul):
            if found := probe.settle(self.view, SETTLE):
                shown = "".join(f"\n  {finding}" for finding in found)
                raise MachineError(f"after {SETTLE:g} s this is not so: {probe.claim}{shown}")

    def run(self, node: Node, script: str, *, stdin: str = "") -> str:
        """What a shell script on a node prints, as root.

        Raises:
            MachineError: it fails.
        """
        done = self.view.run(node, "sh", "-ec", script, stdin=stdin)
        if done.rc:
            raise MachineError((done.stderr or done.stdout).strip(), host=node.name)
        return done.stdout


@contextmanager
def operation(
    workspace: Path,
    name: str,
    *,
    say: Callable[[str], None],
    subscribers: Sequence[Subscriber] = (),
) -> Iterator[Operation]:
    """Open a cluster for an operation.

    Raises:
        UsageError: there is no such cluster, its machines are missing, or it is being worked on.
    """
    cluster = Cluster.open(workspace, name)
    sessions = SessionPool()
    try:
        with cluster.store.lock():
            cluster.require_machines()
            certificates.ensure(cluster)
            yield Operation(cluster, sessions, say, subscribers)
    except NoAnswer as silence:
        raise MachineError(str(silence), hint="`provision status` shows the whole") from silence
    finally:
        sessions.close()

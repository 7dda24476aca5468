"""What commands on a formed cluster share: its nodes, plays and module calls on them, the wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

from provision.cluster.cluster import Cluster
from provision.cluster.consul import certificates
from provision.cluster.plays import require_playbooks
from provision.cluster.sessions import call_module, target
from provision.engine.events import Subscriber
from provision.errors import MachineError
from provision.transport.pool import SessionPool
from provision.verify.probes import consul, swarm
from provision.verify.probes.base import ClusterView, NoAnswer, Node, Probe

SETTLE = 90.0
"""Seconds for each probe to come true after something was changed."""

PATIENCE = 20.0
"""Seconds for each probe before a cluster is worked on: an election may be under way, and a manager
that came back is reached by its leader up to 8 s later."""


@contextmanager
def plainly_said() -> Iterator[None]:
    """Turn a node's silence, or what it answers instead, into an error for people.

    Raises:
        MachineError: somebody did not give what was asked for.
    """
    try:
        yield
    except NoAnswer as silence:
        raise MachineError(str(silence), hint="`provision status` shows the whole") from silence


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
    subscribers: Sequence[Subscriber] = ()

    subject: ClassVar[str] = "the cluster"
    """What the operation is about, as messages name it."""

    mend: ClassVar[str] = "provision bootstrap"
    """What brings it in order."""

    @classmethod
    @contextmanager
    def on(
        cls,
        workspace: Path,
        name: str,
        *,
        say: Callable[[str], None],
        subscribers: Sequence[Subscriber] = (),
        complete: bool = True,
        exclusive: bool = True,
    ) -> Iterator[Self]:
        """Open a cluster for an operation.

        Parameters:
            complete: refuse a cluster some of whose machines do not exist.
            exclusive: keep others off it. False for those who only look.

        Raises:
            UsageError: there is no such cluster, its machines are missing, or it is being
                worked on.
        """
        cluster = Cluster.open(workspace, name)
        with (
            SessionPool() as sessions,
            plainly_said(),
            cluster.store.lock() if exclusive else nullcontext(),
        ):
            if complete:
                cluster.require_machines()
            if exclusive:
                certificates.ensure(cluster)
            yield cls(cluster, sessions, say, subscribers)

    @property
    def view(self) -> ClusterView:
        """The nodes, asked with the tokens that are on record now."""
        return self.cluster.view(self.sessions)

    def probes(self) -> Sequence[Probe]:
        """What holds when all is well."""
        return (*consul.probes(self.cluster.consul), *swarm.PROBES)

    def play(
        self, playbook: str, variables: Mapping[str, Any] | None = None, limit: Sequence[str] = ()
    ) -> None:
        """Run one of the shipped playbooks.

        Raises:
            MachineError: it failed on a node.
        """
        require_playbooks(
            self.cluster,
            [playbook],
            sessions=self.sessions,
            subscribers=self.subscribers,
            variables=variables,
            limit=limit,
        )

    def module(
        self, node: Node, module: str, args: Mapping[str, Any], timeout: float | None = None
    ) -> dict[str, Any]:
        """Run a module on a node as root, as a task would; what it returns.

        Parameters:
            timeout: seconds; None means as long as it takes.

        Raises:
            MachineError: it failed, with its own words.
            Unreachable: the node does not answer.
        """
        endpoint = self.cluster.endpoints[node.name]
        there = target(node.name, endpoint, self.cluster.store.known_hosts)
        result = call_module(self.sessions, there, module, args, timeout)
        if result.get("failed"):
            raise MachineError(str(result.get("msg", f"{module} failed")), host=node.name)
        return result

    def require(self, probes: Sequence[Probe]) -> None:
        """Refuse to work on what is not well.

        Raises:
            MachineError: naming what is wrong; nothing was changed.
        """
        for probe in probes:
            if found := probe.settle(self.view, PATIENCE):
                raise MachineError(
                    f"{self.subject} is not well: {'; '.join(map(str, found))}",
                    hint=f"nothing was changed; `{self.mend}` brings it in order",
                )

    def settle(self, probes: Sequence[Probe] | None = None) -> None:
        """Wait until probes hold; None for all that the operation is about.

        Raises:
            MachineError: naming what does not.
        """
        for probe in self.probes() if probes is None else probes:
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

"""Letting people in on all nodes, and shutting them out again."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.plays import run_playbooks
from provision.cluster.sharing import admission
from provision.cluster.sharing.grants import Grant, Grants
from provision.cluster.swarm import tokens
from provision.cluster.swarm.operation import SwarmOperation
from provision.engine.events import Subscriber
from provision.engine.runner import EXIT_ABORTED
from provision.errors import ProvisionError
from provision.machines.driver import Progress
from provision.transport.pool import SessionPool
from provision.verify.probes.base import Finding, NoAnswer


@dataclass(frozen=True, slots=True)
class Admitted:
    """What came of it.

    Parameters:
        findings: nodes that do not do yet what they were told; the same command again goes on.
    """

    cluster: Cluster
    grant: Grant
    findings: Sequence[Finding]

    @property
    def exit_code(self) -> int:
        """0, 4 where nodes could not be asked, 2 for any other finding."""
        if all(finding.unreachable for finding in self.findings):
            return 4 if self.findings else 0
        return 2


def grant(
    workspace: Path,
    name: str,
    person: str,
    ssh_keys: Sequence[str],
    *,
    say: Progress,
    subscribers: Sequence[Subscriber] = (),
) -> Admitted:
    """Let somebody in on all nodes: SSH keys and a client certificate of their own.

    Run again it brings their access up to date. Engines restart only where no spare authority is
    trusted yet.

    Parameters:
        ssh_keys: public ones; none for a pair made here.

    Raises:
        UsageError: the cluster is not complete or at home elsewhere, or the name or key cannot be.
    """
    with Cluster.open(workspace, name).store.lock():
        cluster = Cluster.open(workspace, name)
        cluster.require_machines()
        admitted = Grants(cluster.store).add(person, ssh_keys)
        tls.ensure(cluster)
        with closing(_Plays(cluster, say, subscribers)) as plays:
            plays.bring()
        return Admitted(cluster, admitted, admission.let_in(cluster, admitted))


def revoke(
    workspace: Path,
    name: str,
    person: str,
    *,
    say: Progress,
    subscribers: Sequence[Subscriber] = (),
) -> Admitted:
    """Shut somebody out on all nodes, and prove it; nobody else loses access.

    Engines restart one after another, for they read whom they trust only when they start. The
    swarm's join tokens are replaced, since the person could read them. A grant is forgotten once
    every node has shown that it lets the person in no more.

    Raises:
        UsageError: there is no such grant, or the cluster is at home elsewhere.
    """
    with Cluster.open(workspace, name).store.lock():
        cluster = Cluster.open(workspace, name)
        grants = Grants(cluster.store)
        revoked = grants.find(person)
        grants.mark_revoked(revoked)
        grants.refill()  # engines restart anyway, so the next grant need not restart them
        tls.ensure(cluster)
        with closing(_Plays(cluster, say, subscribers)) as plays:
            plays.bring()
            plays.replace_join_tokens()
        findings = admission.shut_out(cluster, revoked)
        if not findings:
            grants.forget(revoked)
        return Admitted(cluster, revoked, findings)


class _Plays:
    """Plays whose failures on single nodes are said and found again by the proof."""

    def __init__(self, cluster: Cluster, say: Progress, subscribers: Sequence[Subscriber]) -> None:
        self._cluster, self._say, self._subscribers = cluster, say, subscribers
        self._sessions = SessionPool()

    def bring(self) -> None:
        """Tell every node whom to let in; one that is away does not keep the others from it."""
        self.run("access")
        for machine in self._cluster.endpoints:
            self.run("tls", machine)

    def run(self, playbook: str, *limit: str) -> None:
        try:
            done = run_playbooks(
                self._cluster,
                [playbook],
                sessions=self._sessions,
                subscribers=self._subscribers,
                limit=limit,
            )
        except ProvisionError as error:
            self._say(" ".join(limit), f"{playbook}: {error}")
            return
        if done.exit_code == EXIT_ABORTED:
            raise KeyboardInterrupt

    def replace_join_tokens(self) -> None:
        work = SwarmOperation(
            self._cluster, self._sessions, lambda line: self._say("", line), self._subscribers
        )
        try:
            tokens.rotate(work)
        except NoAnswer as silence:
            self._say("", f"the swarm's join tokens, if there are any, stay: {silence}")

    def close(self) -> None:
        self._sessions.close()

"""Starting, stopping and removing single machines."""

from __future__ import annotations

from collections.abc import Sequence

from provision.cluster import tls
from provision.cluster.engines import answer_over_tls
from provision.cluster.machine.found import Found
from provision.cluster.nodes.removal import forget
from provision.cluster.plays import run_playbooks
from provision.cluster.sharing.grants import Grants
from provision.engine.events import Subscriber
from provision.errors import ProvisionError, UsageError
from provision.machines.driver import MachineState, Progress


def start(found: Found, *, say: Progress, subscribers: Sequence[Subscriber] = ()) -> int:
    """Power on; a machine that comes back with another address gets a certificate for it.

    Returns the exit code of the play that brings the certificate; 0 without one.
    """
    cluster = found.cluster
    with cluster.store.lock():
        endpoint = cluster.driver.start(cluster.spec, found.name)
        cluster.endpoints[found.name] = endpoint
        cluster.save()
        say(found.name, f"running at {endpoint.address}")
        for each in Grants(cluster.store).every():
            if each.revoked:
                say(
                    found.name,
                    f"may still let {each.name} in: `provision cluster revoke {each.name}` again",
                )
        if found.name not in tls.ensure(cluster).servers:
            return 0
        say(found.name, "its address or its certificate's time has changed: a new certificate")
        return bring_certificates(found, subscribers)


def stop(found: Found, *, kill: bool = False, say: Progress) -> None:
    """Power off, orderly or at once."""
    with found.cluster.store.lock():
        found.cluster.driver.stop(found.cluster.spec, found.name, kill=kill)
    say(found.name, "killed" if kill else "stopped")


def remove(found: Found, *, force: bool = False, say: Progress) -> None:
    """Destroy the machine, or forget one that provision did not make.

    Parameters:
        force: also a swarm's member, and also if the machine cannot be removed.

    Raises:
        UsageError: it is an active member of a swarm with others.
        MachineError: the driver cannot remove it.
    """
    cluster, name = found.cluster, found.name
    with cluster.store.lock():
        if not force:
            _refuse_swarm_member(found)
        try:
            cluster.driver.destroy(cluster.spec, name)
        except ProvisionError as error:
            if not force:
                raise
            say(name, f"could not be removed, forgotten all the same: {error}")
        del cluster.endpoints[name]
        forget(cluster, name)
        entries = {entry.name: entry for entry in cluster.shape.named}
        if cluster.shape.total == 1 and name in entries:
            cluster.driver.cleanup(cluster.spec)
            cluster.store.remove()
            say(name, "removed")
            return
        if name in entries:
            cluster.shape = cluster.shape.without(entries[name].index)
        cluster.save()
    say(name, "removed")
    if name not in entries:
        say(name, "it is still declared: `provision up` makes it again")


def bring_certificates(found: Found, subscribers: Sequence[Subscriber] = ()) -> int:
    """Run playbooks/tls.yml on one machine; the play's exit code."""
    return run_playbooks(
        found.cluster, ["tls"], subscribers=subscribers, limit=[found.name]
    ).exit_code


def _refuse_swarm_member(found: Found) -> None:
    if found.machine().state is not MachineState.RUNNING:
        return
    try:
        swarm = answer_over_tls(found.cluster, found.name, "/info").get("Swarm") or {}
    except ProvisionError:
        return
    if swarm.get("LocalNodeState") == "active" and found.cluster.shape.total > 1:
        raise UsageError(
            f"{found.name} is an active member of a swarm",
            hint=f"`provision node remove {found.name}` takes it out of the cluster first; "
            "`provision machine rm -f` does not",
        )

"""Managers that need a key after a restart, and the key.

https://docs.docker.com/engine/swarm/swarm_manager_locking/
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import suppress

from provision.cluster.operation import Operation
from provision.cluster.swarm.archive import DIRECTORY
from provision.cluster.swarm.identity import KEY as KEY_FILE
from provision.cluster.swarm.identity import SEALED
from provision.cluster.swarm.members import speaker
from provision.errors import MachineError, ProvisionError, UsageError
from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node, Probe
from provision.verify.probes.engine_api import engine
from provision.verify.probes.swarm import swarm_of

KEY = "swarm_unlock_key"
"""Its name among the cluster's secrets."""

KEYS_BEFORE = "swarm_unlock_key_before"
"""Those before it, the latest first, with blanks between: a manager that was off when one was
rotated away, or when autolock was switched off, is still locked with it."""

FOLLOWS = 90.0
"""Seconds for managers to seal their keys, or to open them."""


def declare(work: Operation, on: bool) -> None:
    """Switch autolock on or off, and remember it; the key is kept among the cluster's secrets.

    Raises:
        NoAnswer: no manager speaks for the swarm.
        MachineError: a manager does not follow.
    """
    cluster = work.cluster
    cluster.shape = dataclasses.replace(cluster.shape, autolock=on)
    cluster.save()
    work.module(speaker(work.view), "docker_swarm", {"autolock_managers": on})
    take_up(work, on)


def take_up(work: Operation, on: bool) -> None:
    """Keep the key, and wait until every manager that answers would start locked, or would not.

    Each hears of it through raft; one that restarts before starts as it would have until then.

    Raises:
        NoAnswer: no manager speaks for the swarm.
        MachineError: a manager does not follow.
    """
    if on:
        keep_key(work)  # before all else: nobody unlocks without it
    followed = Probe("", "", lambda now: now.each(now.nodes, lambda node: _not_so(now, node, on)))
    if found := followed.settle(work.view, FOLLOWS):
        raise MachineError(
            f"autolock is {'on' if on else 'off'}, but after {FOLLOWS:g} s not for all managers: "
            f"{'; '.join(map(str, found))}",
            hint="they hear of it through raft: `provision status`; then the same command again",
        )
    if not on:
        keep_key(work)


def keep_key(work: Operation) -> str | None:
    """Read the key from a manager and keep it; None if autolock is off.

    Earlier ones are kept too: while it is on, and then as long as a manager is away or locked.

    Raises:
        NoAnswer: no manager speaks for the swarm.
    """
    asked = work.module(speaker(work.view), "docker_swarm_info", {"unlock_key": True})
    key: str | None = asked["swarm_unlock_key"]
    store = work.cluster.store
    known = store.read_secrets()
    wanted = {name: text for name, text in known.items() if name not in (KEY, KEYS_BEFORE)}
    before = [each for each in _kept(known) if each != key]
    if key is not None:
        wanted[KEY] = key
    if before and (key is not None or _away(work.view)):
        wanted[KEYS_BEFORE] = " ".join(before)
    if wanted != known:
        store.write_secrets(wanted)
    return key


def rotate(work: Operation) -> None:
    """Another key. The old one is kept for managers that are away now.

    Raises:
        UsageError: autolock is off.
    """
    if keep_key(work) is None:
        raise autolock_is_off()
    work.module(speaker(work.view), "docker_swarm", {"rotate_unlock_key": True})
    keep_key(work)


def autolock_is_off() -> UsageError:
    """The refusal to give a key that there is none of."""
    return UsageError(
        "autolock is off: there is no key", hint="`provision swarm autolock on` switches it on"
    )


def keys(work: Operation) -> list[str]:
    """Those that may fit a locked manager, the likeliest first.

    Raises:
        UsageError: none is known.
    """
    with suppress(NoAnswer, ProvisionError):  # without a quorum what was kept has to do
        keep_key(work)
    found = _kept(work.cluster.store.read_secrets())
    if not found:
        raise UsageError(
            "managers are locked, and the key is not among the cluster's secrets",
            hint="`docker swarm unlock` on each asks for it; `provision swarm unlock-key` then "
            "reads and keeps it",
        )
    return found


def states(view: ClusterView) -> dict[str, str]:
    """What each node that answers says of itself, by name; "" of others."""
    found = {node.name: "" for node in view.nodes}

    def ask(node: Node) -> Iterator[Finding]:
        found[node.name] = str(swarm_of(view, node).get("LocalNodeState"))
        return iter(())

    view.each(view.nodes, ask)
    return found


def _kept(secrets: dict[str, str]) -> list[str]:
    now = [secrets[KEY]] if KEY in secrets else []
    return now + [each for each in secrets.get(KEYS_BEFORE, "").split() if each not in now]


def _away(view: ClusterView) -> bool:
    """Whether a manager is silent, or any node locked: it was a manager when it went off."""
    found = states(view)
    managers = {node.name for node in view.managers}
    return any(
        state == "locked" or (name in managers and state != "active")
        for name, state in found.items()
    )


def _not_so(view: ClusterView, node: Node, locks: bool) -> Iterator[Finding]:
    """Whether a manager's key is sealed although it is not to be, or the reverse."""
    try:
        info = engine(view, node, "/info", "a Docker Engine that answers")
    except NoAnswer:
        return  # it takes it up when it is back
    if not (info.get("Swarm") or {}).get("ControlAvailable"):
        return
    file = f"{info['DockerRootDir']}/{DIRECTORY}/{KEY_FILE}"
    seen = view.run(node, "grep", "-q", SEALED, file)
    found = {0: "sealed", 1: "open"}.get(seen.rc, seen.stderr.strip() or f"status {seen.rc}")
    wanted = "sealed" if locks else "open"
    if found != wanted:
        yield Finding(node.name, f"its key in {file} {wanted}", found)

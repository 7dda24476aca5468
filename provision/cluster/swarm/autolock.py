"""Managers that need a key after a restart, and the key.

https://docs.docker.com/engine/swarm/swarm_manager_locking/
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress

from provision.cluster.operation import Operation
from provision.cluster.swarm.archive import DIRECTORY
from provision.cluster.swarm.identity import KEY as KEY_FILE
from provision.cluster.swarm.identity import SEALED
from provision.cluster.swarm.members import members, speaker
from provision.errors import MachineError, ProvisionError, UsageError
from provision.verify.probes.base import LATE, ClusterView, Finding, NoAnswer, Node, Probe
from provision.verify.probes.engine_api import API, SOCKET, engine
from provision.verify.probes.swarm import swarm_of

KEY = "swarm_unlock_key"
"""Its name among the cluster's secrets."""

KEY_BEFORE = "swarm_unlock_key_before"
"""The one that was rotated away or is wanted no more: a manager that was off then is still locked
with it."""

BACK = 90.0
"""Seconds for an unlocked manager to be one again, and for managers to seal their keys or not."""

REFUSAL = 30.0
"""Seconds in which an Engine refuses a key that does not fit. One that takes it may answer much
later, when its node has its place again: 40 were seen, and a command on a node ends after 60."""

_QUORUM = "managers need a quorum: are the others up? `provision status`"


def declare(work: Operation, on: bool) -> None:
    """Switch autolock on or off, and remember it; the key is kept among the cluster's secrets.

    Waits until every manager that answers would start locked, or would not: each hears of it
    through raft, and one that restarts before starts as it would have until then.

    Raises:
        NoAnswer: no manager speaks for the swarm.
        MachineError: a manager does not follow.
    """
    cluster = work.cluster
    cluster.shape = dataclasses.replace(cluster.shape, autolock=on)
    cluster.save()
    work.module(speaker(work.view), "docker_swarm", {"autolock_managers": on})
    if on:
        keep_key(work)  # before all else: nobody unlocks without it
    taken_up = Probe("", "", lambda now: now.each(now.nodes, lambda node: _not_so(now, node, on)))
    if found := taken_up.settle(work.view, BACK):
        raise MachineError(
            f"autolock is {'on' if on else 'off'}, but after {BACK:g} s not for all managers: "
            f"{'; '.join(map(str, found))}",
            hint="they hear of it through raft: `provision status`; then the same command again",
        )
    if not on:
        keep_key(work)


def keep_key(work: Operation) -> str | None:
    """Read the key from a manager and keep it; None if autolock is off.

    Then the last one is kept for as long as a manager is away or locked, and nothing afterwards.

    Raises:
        NoAnswer: no manager speaks for the swarm.
    """
    asked = work.module(speaker(work.view), "docker_swarm_info", {"unlock_key": True})
    key: str | None = asked["swarm_unlock_key"]
    store = work.cluster.store
    known = store.read_secrets()
    others = {name: text for name, text in known.items() if name not in (KEY, KEY_BEFORE)}
    if key is None:
        last = known.get(KEY) or known.get(KEY_BEFORE)
        wanted = others | ({KEY_BEFORE: last} if last and _away(work.view) else {})
    elif known.get(KEY) in (None, key):
        wanted = known | {KEY: key}
    else:
        wanted = others | {KEY: key, KEY_BEFORE: known[KEY]}
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


def unlock(work: Operation) -> Sequence[Node]:
    """Unlock the nodes that are locked, and wait until all are back; which they were.

    If there was no quorum without them there is a new leader now, who knows of no node how it is
    until it has reported, and connects to a manager that was away seconds after that one says that
    it is back: both are waited for too.

    Raises:
        UsageError: the key is not known.
        MachineError: it does not fit, or a node does not come back.
    """
    view = work.view
    states = _states(view)
    locked = [node for node in view.nodes if states[node.name] == "locked"]
    if not locked:
        return []
    keys = _keys(work)
    # All at once: a manager answers when there is a leader again, and that may need several.
    if refused := view.each(locked, lambda node: _unlock(view, node, keys)):
        raise MachineError(f"not unlocked: {'; '.join(map(str, refused))}")
    for node in locked:
        work.say(f"{node.name}: unlocked")
    there = [node for node in view.nodes if states[node.name] in ("locked", "active")]
    back = Probe("", "", lambda now: _not_back(now, there))
    if found := back.settle(view, BACK):
        raise MachineError(
            f"unlocked, but after {BACK:g} s not back: {'; '.join(map(str, found))}", hint=_QUORUM
        )
    return locked


def autolock_is_off() -> UsageError:
    """The refusal to give a key that there is none of."""
    return UsageError(
        "autolock is off: there is no key", hint="`provision swarm autolock on` switches it on"
    )


def _keys(work: Operation) -> list[str]:
    """Those that may fit, the likeliest first."""
    with suppress(NoAnswer, ProvisionError):  # without a quorum what was kept has to do
        keep_key(work)
    known = work.cluster.store.read_secrets()
    keys = [known[name] for name in (KEY, KEY_BEFORE) if name in known]
    if not keys:
        raise UsageError(
            "managers are locked, and the key is not among the cluster's secrets",
            hint="`docker swarm unlock` on each asks for it; `provision swarm unlock-key` then "
            "reads and keeps it",
        )
    return keys


def _unlock(view: ClusterView, node: Node, keys: Sequence[str]) -> list[Finding]:
    for key in keys:
        # The key goes as tokens do: by curl's standard input.
        body = json.dumps({"UnlockKey": key}).replace("\\", "\\\\").replace('"', '\\"')
        try:
            view.http(
                node,
                f"{API}/swarm/unlock",
                *(*SOCKET, "-H", "Content-Type: application/json", "-X", "POST"),
                expected="an unlocked manager",
                stdin=f'data = "{body}"\n',
                timeout=REFUSAL,
            )
            return []
        except NoAnswer as refused:
            if refused.finding.found == LATE:
                return []
            if "invalid key" not in refused.finding.found:
                return [dataclasses.replace(refused.finding, hint=_QUORUM)]
    hint = "was it rotated by others? `docker swarm unlock` there asks for the key"
    return [Finding(node.name, "the swarm's key to unlock it", "it does not", hint)]


def _states(view: ClusterView) -> dict[str, str]:
    """What each node that answers says of itself, by name; "" of others."""
    states = {node.name: "" for node in view.nodes}

    def ask(node: Node) -> Iterator[Finding]:
        states[node.name] = str(swarm_of(view, node).get("LocalNodeState"))
        return iter(())

    view.each(view.nodes, ask)
    return states


def _away(view: ClusterView) -> bool:
    """Whether a manager is silent, or locked."""
    states = _states(view)
    return any(states[node.name] != "active" for node in view.managers)


def _not_back(view: ClusterView, there: Sequence[Node]) -> Iterator[Finding]:
    identities = set()  # a node that was lost may have had the name of one

    def unready(node: Node) -> Iterator[Finding]:
        swarm = swarm_of(view, node)
        identities.add(swarm.get("NodeID"))
        if swarm.get("LocalNodeState") != "active" or swarm.get("Error"):
            found = f"state '{swarm.get('LocalNodeState')}' {swarm.get('Error') or ''}".strip()
            yield Finding(node.name, "an active swarm node", found)

    if found := view.each(there, unready):
        yield from found
        return
    for each in members(view, speaker(view)):
        if each.id not in identities:
            continue
        if each.state != "ready":
            yield Finding(each.name, "ready, as the managers see it", each.state)
        elif each.manager and each.reachability != "reachable":
            yield Finding(each.name, "a manager that the leader reaches", each.reachability)


def _not_so(view: ClusterView, node: Node, locks: bool) -> Iterator[Finding]:
    """Whether a manager's key is sealed although it is not to be, or the reverse."""
    try:
        info = engine(view, node, "/info", "a Docker Engine that answers")
    except NoAnswer:
        return  # it takes it up when it is back
    if not (info.get("Swarm") or {}).get("ControlAvailable"):
        return
    file = f"{info['DockerRootDir']}/{DIRECTORY}/{KEY_FILE}"
    sealed = view.run(node, "grep", "-q", SEALED, file).rc == 0
    if sealed != locks:
        wanted, found = ("sealed", "open") if locks else ("open", "sealed")
        yield Finding(node.name, f"its key in {file} {wanted}", found)

"""Locked managers get their key, and their place again."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator, Sequence

from provision.cluster.operation import Operation
from provision.cluster.swarm.autolock import keys, states
from provision.cluster.swarm.members import members, speaker
from provision.errors import MachineError
from provision.verify.probes.base import LATE, ClusterView, Finding, NoAnswer, Node, Probe
from provision.verify.probes.engine_api import API, REFUSAL_TIMEOUT, SOCKET
from provision.verify.probes.swarm import swarm_of

BACK = 90.0
"""Seconds for an unlocked manager to be one again."""

_QUORUM = "managers need a quorum: are the others up? `provision status`"


def unlock(work: Operation) -> Sequence[Node]:
    """Unlock the nodes that are locked, and wait until the managers are back; which were locked.

    If there was no quorum without them there is a new leader now, who knows of no node how it is
    until it has reported, and connects to a manager that was away seconds after that one says that
    it is back: both are waited for too.

    Raises:
        UsageError: the key is not known.
        MachineError: it does not fit, or a manager does not come back.
    """
    view = work.view
    found = states(view)
    locked = [node for node in view.nodes if found[node.name] == "locked"]
    # One that was unlocked a moment ago, by a command that was killed or by hand.
    coming = [node for node in view.managers if found[node.name] == "pending"]
    if locked:
        fitting = keys(work)
        # All at once: a manager answers when there is a leader again, and that may need several.
        if refused := view.each(locked, lambda node: _unlock(view, node, fitting)):
            raise MachineError(f"not unlocked: {'; '.join(map(str, refused))}")
    if locked or coming:
        there = [node for node in view.managers if found[node.name] == "active"]
        awaited = list({node.name: node for node in (*locked, *coming, *there)}.values())
        back = Probe("", "", lambda now: _not_back(now, awaited))
        if missing := back.settle(view, BACK):
            raise MachineError(
                f"after {BACK:g} s not back: {'; '.join(map(str, missing))}", hint=_QUORUM
            )
    for node in locked:
        work.say(f"{node.name}: unlocked")
    return locked


def _unlock(view: ClusterView, node: Node, fitting: Sequence[str]) -> list[Finding]:
    for key in fitting:
        # The key goes as tokens do: by curl's standard input.
        body = json.dumps({"UnlockKey": key}).replace("\\", "\\\\").replace('"', '\\"')
        try:
            view.http(
                node,
                f"{API}/swarm/unlock",
                *(*SOCKET, "-H", "Content-Type: application/json", "-X", "POST"),
                expected="an unlocked manager",
                stdin=f'data = "{body}"\n',
                timeout=REFUSAL_TIMEOUT,
            )
            return []
        except NoAnswer as refused:
            said = refused.finding.found
            if said == LATE or "not locked" in said:  # taken; or somebody was quicker
                return []
            if "invalid key" not in said:
                return [dataclasses.replace(refused.finding, hint=_QUORUM)]
    hint = "was it rotated by others? `docker swarm unlock` there asks for the key"
    return [Finding(node.name, "the swarm's key to unlock it", "it does not", hint)]


def _not_back(view: ClusterView, awaited: Sequence[Node]) -> Iterator[Finding]:
    identities = set()  # a node that was lost may have had the name of one

    def unready(node: Node) -> Iterator[Finding]:
        swarm = swarm_of(view, node)
        identities.add(swarm.get("NodeID"))
        if swarm.get("LocalNodeState") != "active" or swarm.get("Error"):
            found = f"state '{swarm.get('LocalNodeState')}' {swarm.get('Error') or ''}".strip()
            yield Finding(node.name, "an active swarm node", found)

    if found := view.each(awaited, unready):
        yield from found
        return
    for each in members(view, speaker(view)):
        if each.id not in identities:
            # A new leader has not heard of it yet; soon it is ready or down.
            if each.state == "unknown":
                yield Finding(each.name, "to be heard of", each.state)
        elif each.state != "ready":
            yield Finding(each.name, "ready, as the managers see it", each.state)
        elif each.manager and each.reachability != "reachable":
            yield Finding(each.name, "a manager that the leader reaches", each.reachability)

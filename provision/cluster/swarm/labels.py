"""Labels of nodes, by which services are placed."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from provision.cluster.operation import Operation
from provision.cluster.swarm.members import member, speaker
from provision.verify.probes.base import Node


def change(work: Operation, node: Node, wanted: Mapping[str, str], gone: Collection[str]) -> None:
    """Set and remove labels, and remember those that were set by this.

    Parameters:
        gone: those to remove, unless they are wanted.

    Raises:
        UsageError: the node is not in the swarm.
    """
    manager = speaker(work.view)
    identity = member(work.view, manager, node.name).id
    cluster = work.cluster
    known = {**cluster.shape.labels.get(node.name, {}), **wanted}
    kept = {key: text for key, text in known.items() if key in wanted or key not in gone}
    cluster.shape = cluster.shape.with_labels(node.name, kept)
    cluster.save()
    args = {"hostname": identity, "labels": dict(wanted), "labels_to_remove": list(gone)}
    now = work.module(manager, "docker_node", args)["node"]["Spec"].get("Labels") or {}
    shown = ", ".join(f"{key}={text}" for key, text in sorted(now.items()))
    work.say(f"{node.name}: {shown or 'no labels'}")

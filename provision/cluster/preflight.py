"""What the nodes' kernels lack, said before it is missed."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from provision.agent import kernel
from provision.cluster.cluster import Cluster
from provision.machines.driver import Progress
from provision.machines.host import Check
from provision.machines.store import ClusterStore
from provision.transport.pool import SessionPool
from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node


@dataclass(frozen=True, slots=True)
class Lack:
    """Something that the kernel of some nodes does not have."""

    feature: kernel.Feature
    nodes: Sequence[str]

    def __str__(self) -> str:
        return f"the kernel of {', '.join(self.nodes)} lacks {self.feature.name}: " + (
            self.feature.without
        )


def lacks(view: ClusterView) -> list[Lack]:
    """What is lacking where; empty where nothing is, or where a kernel does not tell.

    Raises:
        NoAnswer: a node cannot be asked.
    """
    found: dict[str, list[str]] = {}

    def ask(node: Node) -> Iterator[Finding]:
        found[node.name] = _lacking(view, node)
        return iter(())

    if silent := view.each(view.nodes, ask):
        raise NoAnswer(silent[0])
    named = {
        feature: [node.name for node in view.nodes if feature.name in found[node.name]]
        for feature in kernel.FEATURES
    }
    return [Lack(feature, nodes) for feature, nodes in named.items() if nodes]


def warn(store: ClusterStore, view: ClusterView, say: Progress) -> None:
    """Say what the nodes' kernels lack: once a cluster, and again when it is not the same."""
    try:
        lines = [str(lack) for lack in lacks(view)]
    except NoAnswer:
        return  # who does not answer is named by what needs the answer
    said = _said(store)
    if lines == (json.loads(said.read_text(encoding="utf-8")) if said.exists() else []):
        return
    for line in lines:
        say("", f"warning: {line}")
    store.write_file(said, json.dumps(lines))


def checks(workspace: Path, name: str) -> list[Check]:
    """For `provision doctor`: the same of a cluster's nodes; empty where there is no cluster."""
    if name not in ClusterStore.names(workspace):
        return []
    cluster = Cluster.open(workspace, name)
    title = f"nodes of cluster {name}"
    try:
        with SessionPool() as sessions:
            found = lacks(cluster.view(sessions))
    except NoAnswer as silence:
        return [Check(title, "warn", str(silence), "provision status")]
    if not found:
        return [Check(title, "ok", "their kernels have what a cluster needs")]
    return [Check(title, "warn", str(lack), lack.feature.fix) for lack in found]


def _lacking(view: ClusterView, node: Node) -> list[str]:
    expected = "a kernel that tells what it has"
    program = inspect.getsource(kernel)
    printed = view.output(node, "python3", "-", expected=expected, stdin=program)
    there, here = kernel.Survey(**json.loads(printed)), kernel.survey()
    if there.boot and there.boot == here.boot:
        # A container of this machine: its kernel's modules are seen from here, and loaded by it.
        return [name for name in there.lacking if name in here.lacking]
    return there.lacking


def _said(store: ClusterStore) -> Path:
    return store.directory / "kernel.json"

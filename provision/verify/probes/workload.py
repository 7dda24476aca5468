"""The workload that probes and drills run in a swarm: tasks that say over HTTP where they run.

The image is busybox alone and is on each node already, so no registry is needed. Tasks find each
other by DNS round robin, not by a virtual IP: that works also where the kernel lacks IPVS.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node
from provision.verify.probes.engine_api import LABEL, engine
from provision.verify.probes.swarm import SERVICES

IMAGE = "provision/probe:1"
"""Built on each node by playbooks/verify.yml."""

NO_TASK = "no probe task runs on it"


@dataclass(frozen=True, slots=True)
class Workload:
    """A service of the probe image.

    Parameters:
        replicas: how many tasks; None for one on each node.
        label: marks it as whose, for those who remove leftovers.
    """

    name: str
    replicas: int | None = None
    label: str = LABEL

    @classmethod
    def named(cls, purpose: str, *, replicas: int | None = None, label: str = LABEL) -> Workload:
        """One that no other has the name of."""
        return cls(f"provision-{purpose}-{secrets.token_hex(4)}", replicas, label)

    def create(self, view: ClusterView, manager: Node) -> None:
        """Raises NoAnswer: the swarm refuses it."""
        scale = ["--mode", "global"]
        if self.replicas is not None:
            # What is timed is the swarm, not the pause before a restart that a service asks for.
            scale = ["--replicas", str(self.replicas), "--restart-delay", "0s"]
        view.output(
            manager,
            *("docker", "service", "create", "--quiet", "--detach", "--name", self.name),
            *("--label", f"{self.label}=1", *scale),
            *("--network", SERVICES, "--endpoint-mode", "dnsrr"),
            *("--hostname", "{{.Node.Hostname}}", "--no-resolve-image", "--stop-grace-period=1s"),
            *(IMAGE, "sh", "-c", SERVE),
            expected="a probe service to be created",
        )

    def remove(self, view: ClusterView, manager: Node) -> None:
        """That it fails is no finding."""
        view.run(manager, "docker", "service", "rm", self.name)

    def running(self, view: ClusterView, manager: Node) -> Counter[str]:
        """How many tasks the managers believe to run and want to, by node id. Raises NoAnswer."""
        wanted = quote(json.dumps({"service": [self.name], "desired-state": ["running"]}))
        tasks = engine(view, manager, f"/tasks?filters={wanted}", "the service's tasks")
        return Counter(task["NodeID"] for task in tasks if task["Status"]["State"] == "running")

    def containers(self, view: ClusterView, node: Node) -> list[str]:
        """What really runs on a node: container ids. Raises NoAnswer."""
        listed = view.output(
            node,
            *("docker", "ps", "-q", "--filter", f"label=com.docker.swarm.service.name={self.name}"),
            expected="a Docker Engine that lists its containers",
        )
        return listed.split()

    def unreached(self, view: ClusterView) -> list[Finding]:
        """Which nodes that may have tasks have none, or one that does not reach the others.

        The task of a node is asked by name, over HTTP, from the task of every other.
        """
        wanted = {node.name for node in view.working}

        def ask(node: Node) -> Iterator[Finding]:
            expected = "a running probe task that reaches those on every node"
            containers = self.containers(view, node)
            if not containers:
                raise NoAnswer(Finding(node.name, expected, NO_TASK))
            answers, error = self._ask(view, node, containers[0])
            if unreached := sorted(wanted - set(answers)):
                yield Finding(node.name, expected, f"{', '.join(unreached)} unreached {error}")

        return view.each(view.working, ask)

    def unanswered(self, view: ClusterView) -> list[Finding]:
        """Whether each node that runs a task reaches exactly the replicas that are wanted."""

        def ask(node: Node) -> Iterator[Finding]:
            for container in self.containers(view, node)[:1]:
                answers, error = self._ask(view, node, container)
                if len(answers) != self.replicas:
                    found = f"{len(answers)}, on {', '.join(sorted(answers)) or 'none'} {error}"
                    yield Finding(node.name, f"{self.replicas} replicas to answer", found.strip())

        return view.each(view.nodes, ask)

    def _ask(self, view: ClusterView, node: Node, container: str) -> tuple[list[str], str]:
        """The node names that every task gives, asked from a container; and the last complaint."""
        exec_ = ("docker", "exec", container, "sh", "-c", _ASK_ALL, "ask", self.name)
        reached = view.run(node, *exec_)
        complaint = reached.stderr.strip().splitlines()[-1:] or [""]
        return reached.stdout.split(), complaint[0]


def remove_labelled(view: ClusterView, manager: Node, label: str) -> None:
    """Remove every service with a label, whoever left it. Raises NoAnswer."""
    wanted = quote(json.dumps({"label": [label]}))
    listed: Sequence[dict[str, Any]] = engine(
        view, manager, f"/services?filters={wanted}", "the swarm's services"
    )
    for service in listed:
        view.run(manager, "docker", "service", "rm", service["ID"])


SERVE = "hostname > /tmp/index.html; exec busybox httpd -f -p 8080 -h /tmp"

_ASK_ALL = """
addresses=$(nslookup "tasks.$1" 127.0.0.11 | awk '/^Name:/ {on=1} on && /^Address/ {print $NF}')
for address in $addresses; do
  timeout 3 wget -q -O - "http://$address:8080/"  # busybox's own -T crashes in static builds
done
"""

"""What a probe is: a read-only check that proves one property of a running cluster.

Written once, used by bootstrap (to wait), verify (to prove) and status (to show). A probe
asks nodes by running commands on them, so it works over any connection.
"""

from __future__ import annotations

import json
import re
import shlex
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from provision.verify.consul_tokens import ConsulTokens

UNREACHABLE = 255
"""The status of a command on a node that cannot be reached, as ssh has it."""

LATE = "it does not answer in time"
"""What is found where an HTTP API says nothing within the seconds that it was given."""

HTTP_TIMEOUT = 10
"""Seconds for one HTTP question."""


class Answer(NamedTuple):
    """A finished command on a node."""

    rc: int
    stdout: str
    stderr: str


class Runner(Protocol):
    """Runs a command on a node by name; never raises for what the command does.

    A node that cannot be reached answers with status 255 and says so in ``stderr``. Secrets go
    by ``stdin``: a command line is there for everybody to see.
    """

    def run(self, node: str, command: str, stdin: str = "") -> Answer: ...


@dataclass(frozen=True, slots=True)
class Node:
    """A node as the inventory declares it.

    Parameters:
        address: the cluster address.
        swarm: ``manager`` or ``worker``.
        consul: ``server`` or ``client``.
        availability: in the swarm: ``active``, ``pause`` or ``drain``.
    """

    name: str
    address: str
    swarm: str
    consul: str
    availability: str = "active"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be: on which node, what was expected, what was found.

    Parameters:
        unreachable: the node could not be asked at all; ``found`` is why.
    """

    node: str
    expected: str
    found: str
    hint: str = ""
    unreachable: bool = False

    def __str__(self) -> str:
        hint = f" ({self.hint})" if self.hint else ""
        found = " ".join(self.found.split())  # one line, whatever a tool printed
        return f"{self.node}: expected {self.expected}; found {found}{hint}"


class NoAnswer(Exception):
    """A node did not give what was asked for; ``finding`` says it in full."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


@dataclass(frozen=True)
class ClusterView:
    """The cluster as declared, and the way to ask its nodes.

    Parameters:
        consul: the tokens; None where Consul runs without TLS and ACLs.
        given_up: set when nobody waits for claims to come true any more.
    """

    nodes: Sequence[Node]
    runner: Runner
    consul: ConsulTokens | None = None
    given_up: threading.Event = field(default_factory=threading.Event)

    @property
    def managers(self) -> list[Node]:
        return [node for node in self.nodes if node.swarm == "manager"]

    @property
    def servers(self) -> list[Node]:
        return [node for node in self.nodes if node.consul == "server"]

    @property
    def working(self) -> list[Node]:
        """Those that may have new tasks."""
        return [node for node in self.nodes if node.availability == "active"]

    def run(self, node: Node, *command: str, stdin: str = "") -> Answer:
        """Run one program on one node."""
        return self.runner.run(node.name, shlex.join(command), stdin)

    def output(self, node: Node, *command: str, expected: str, stdin: str = "") -> str:
        """What a program prints.

        Raises:
            NoAnswer: its status is not 0.
        """
        answer = self.run(node, *command, stdin=stdin)
        if answer.rc != 0:
            found = _curl_failure(answer) if command[0] == "curl" else ""
            found = found or (answer.stderr or answer.stdout).strip()
            found = found or f"exit status {answer.rc}"
            unreachable = answer.rc == UNREACHABLE
            raise NoAnswer(Finding(node.name, expected, found, unreachable=unreachable))
        return answer.stdout

    def answers(self, node: Node) -> list[Finding]:
        """Whether commands can be run on a node at all."""
        answer = self.run(node, "true")
        if answer.rc == 0:
            return []
        expected = "a node that answers over SSH"
        unreachable = answer.rc == UNREACHABLE
        return [Finding(node.name, expected, answer.stderr.strip(), unreachable=unreachable)]

    def http(
        self,
        node: Node,
        url: str,
        *curl: str,
        expected: str,
        fail_on_error: bool = True,
        stdin: str = "",
        timeout: float = HTTP_TIMEOUT,
    ) -> str:
        """The body that an HTTP API on the node gives, asked from the node itself.

        Parameters:
            stdin: further configuration for curl, not to be seen on its command line.
            timeout: seconds for the whole answer.

        Raises:
            NoAnswer: refused, timed out, or (with ``fail_on_error``) a status of 400 or more.
        """
        # --fail-with-body came with curl 7.76, and Debian 11 has 7.74.
        status = ("-w", r"\n%{http_code}") if fail_on_error else ()
        more = ("--config", "-") if stdin else ()
        words = ("curl", "-sS", "--max-time", f"{timeout:g}", *status, *more, *curl, url)
        said = self.output(node, *words, expected=expected, stdin=stdin)
        parts = re.fullmatch(r"(.*)\n(\d{3})", said, re.DOTALL) if fail_on_error else None
        if parts is None:
            return said
        body, code = parts.groups()
        if int(code) >= 400:
            found = f"HTTP status {code}: {body.strip()[:200]}".rstrip(": ")
            raise NoAnswer(Finding(node.name, expected, found))
        return body

    def json(
        self,
        node: Node,
        url: str,
        *curl: str,
        expected: str,
        stdin: str = "",
        timeout: float = HTTP_TIMEOUT,
    ) -> Any:
        """As ``http``, decoded. Raises NoAnswer also for what is not JSON."""
        body = self.http(node, url, *curl, expected=expected, stdin=stdin, timeout=timeout)
        try:
            return json.loads(body)
        except ValueError:
            found = f"not JSON: {body[:200]!r}"
            raise NoAnswer(Finding(node.name, expected, found)) from None

    def each(
        self, nodes: Sequence[Node], ask: Callable[[Node], Iterable[Finding]]
    ) -> list[Finding]:
        """Ask several nodes at once; all findings, in the nodes' order."""

        def one(node: Node) -> list[Finding]:
            try:
                return list(ask(node))
            except NoAnswer as silence:
                return [silence.finding]

        if not nodes:
            return []
        with ThreadPoolExecutor(min(len(nodes), 16)) as pool:
            return [finding for found in pool.map(one, nodes) for finding in found]


def _curl_failure(answer: Answer) -> str:
    """What curl's exit status means; "" for what is not curl's own word.

    Source: https://curl.se/docs/manpage.html#EXIT
    """
    said = re.match(r"curl: \(\d+\) (.*)", answer.stderr.strip())
    if said is None:
        return ""
    return _CURL.get(answer.rc, said[1])


_CURL = {
    7: "it refuses connections (is the service running?)",
    28: LATE,
    52: "it closes the connection without an answer",
    56: "it breaks the connection off",
}


@dataclass(frozen=True)
class Probe:
    """One property and the check that proves it.

    Parameters:
        name: ``area.property``.
        claim: the property as a sentence that is true of a healthy cluster.
        slow: it takes seconds, since it has work done for it, and waits for that itself.
    """

    name: str
    claim: str
    check: Callable[[ClusterView], Iterable[Finding]]
    slow: bool = False

    def findings(self, view: ClusterView) -> list[Finding]:
        """What contradicts the claim; empty when it holds."""
        try:
            return list(self.check(view))
        except NoAnswer as silence:
            return [silence.finding]

    def settle(self, view: ClusterView, timeout: float, interval: float = 0.5) -> list[Finding]:
        """Findings once the claim holds or ``timeout`` seconds have passed.

        A slow probe has had its own patience, and is asked once.
        """
        deadline = time.monotonic() + (0 if self.slow else timeout)
        while True:
            found = self.findings(view)
            if not found or time.monotonic() >= deadline or view.given_up.wait(interval):
                return found


def probe(
    name: str, claim: str, *, slow: bool = False
) -> Callable[[Callable[[ClusterView], Iterable[Finding]]], Probe]:
    """Make a check a Probe."""
    return lambda check: Probe(name, claim, check, slow)

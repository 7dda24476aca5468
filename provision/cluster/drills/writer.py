"""Writes keys into Consul while something happens, and then looks whether they are all there.

Only what Consul has acknowledged counts: what was answered with an error or not at all may be
there or not.
"""

from __future__ import annotations

import json
import secrets
import subprocess
import threading
import time
from dataclasses import dataclass
from urllib.parse import quote

from provision.cluster.cluster import Cluster
from provision.cluster.consul.access import ssh
from provision.verify.probes import consul_api
from provision.verify.probes.base import ClusterView, Finding, NoAnswer, Node

PREFIX = "provision/drill/"
"""Of the keys that drills write."""

# Ends by itself when nobody reads its lines any more.
_PROGRAM = """
import http.client, sys, time
prefix, token, pause = {prefix!r}, {token!r}, {pause!r}
headers = {{"X-Consul-Token": token}} if token else {{}}
n = 0
while True:
    n += 1
    began = time.monotonic()
    try:
        c = http.client.HTTPConnection("127.0.0.1", 8500, timeout=10)
        c.request("PUT", "/v1/kv/%s%d" % (prefix, n), str(n), headers)
        answer = c.getresponse()
        good = answer.status == 200 and answer.read().strip() == b"true"
        c.close()
    except (OSError, http.client.HTTPException):
        good = False
    print("%s %d %.4f" % ("ok" if good else "no", n, time.monotonic() - began), flush=True)
    time.sleep(pause)
"""

PAUSE = 0.02
"""Seconds between two writes."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a writer saw.

    Parameters:
        acknowledged: how many keys.
        failed: how many writes Consul refused or did not answer.
        longest_gap: seconds between two acknowledgements, at most.
    """

    acknowledged: int
    failed: int
    longest_gap: float


class KvWriter:
    """Writes through one node's agent, one key after another, until stopped.

    Parameters:
        node: whose agent is written to.
        prefix: of its keys.
        pause: seconds between two writes.
    """

    def __init__(
        self, cluster: Cluster, node: Node, *, prefix: str = PREFIX, pause: float = PAUSE
    ) -> None:
        self.node = node
        self._prefix = f"{prefix}{time.time():.0f}-{secrets.token_hex(4)}/"
        self._acknowledged: set[int] = set()
        self._failed = 0
        self._longest = 0.0
        self._began = time.monotonic()
        self._last: float | None = None
        token = cluster.consul.operator if cluster.consul else ""
        self._client = subprocess.Popen(
            [*ssh(cluster), node.name, "python3 -"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._client.stdin is not None
        # The program and the token in it go by standard input: neither is on a command line.
        self._client.stdin.write(_PROGRAM.format(prefix=self._prefix, token=token, pause=pause))
        self._client.stdin.close()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def acknowledged(self) -> int:
        """How many writes, so far."""
        return len(self._acknowledged)

    @property
    def silent(self) -> float:
        """Seconds since the last acknowledgement, or since the beginning."""
        return time.monotonic() - (self._last or self._began)

    @property
    def ended(self) -> bool:
        """Whether it has stopped by itself: the node went away."""
        return self._client.poll() is not None

    def stop(self) -> Written:
        """End it. Of no effect the second time."""
        self._client.terminate()
        self._client.wait()
        self._reader.join()
        if self._last is not None:
            self._longest = max(self._longest, time.monotonic() - self._last)
            self._last = None
        return Written(len(self._acknowledged), self._failed, self._longest)

    def lost(self, view: ClusterView, reader: Node) -> list[Finding]:
        """The acknowledged keys that a consistent read through another node does not find.

        Raises:
            NoAnswer: it cannot be asked.
        """
        expected = "every acknowledged write"
        path = f"/v1/kv/{quote(self._prefix)}?keys&consistent"
        answer = consul_api.http(view, reader, path, expected=expected, fail_on_error=False)
        try:
            keys = json.loads(answer) if answer.strip() else []  # 404: there is none
        except ValueError:
            raise NoAnswer(Finding(reader.name, expected, answer.strip()[:200])) from None
        there = {int(key.rsplit("/", 1)[1]) for key in keys}
        missing = sorted(self._acknowledged - there)
        if not missing:
            return []
        shown = ", ".join(map(str, missing[:10])) + (", ..." if len(missing) > 10 else "")
        return [Finding(self.node.name, expected, f"{len(missing)} lost: {shown}")]

    def remove(self, view: ClusterView, reader: Node) -> None:
        """Take away all that it wrote."""
        remove_keys(view, reader, self._prefix)

    def _read(self) -> None:
        assert self._client.stdout is not None
        for line in self._client.stdout:
            verdict, number, _ = line.split()
            if verdict != "ok":
                self._failed += 1
                continue
            now = time.monotonic()
            if self._last is not None:
                self._longest = max(self._longest, now - self._last)
            self._last = now
            self._acknowledged.add(int(number))


def remove_keys(view: ClusterView, asked: Node, prefix: str) -> None:
    """Take away every key below a prefix."""
    consul_api.run(view, asked, f"/v1/kv/{quote(prefix)}?recurse", "-X", "DELETE")

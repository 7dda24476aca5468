"""Each node is a machine that a service can rely on."""

from __future__ import annotations

import time
from typing import Any

from provision.verify.probes.base import ClusterView
from provision.verify.suite.support import expect, node_of

MAX_CLOCK_SKEW = 5.0
"""Seconds. Raft and TLS bear more, but more is a sign of a broken clock."""

MIN_FREE_MIB = 256
"""Free MiB that images, logs and raft need at least."""


def test_ssh_reaches_the_right_machine(host: Any, cluster: ClusterView) -> None:
    """The name in the inventory is the machine's own hostname."""
    node = node_of(host, cluster)
    found = host.check_output("cat /proc/sys/kernel/hostname")
    expect(host, found == node.name, f"hostname {node.name}", found)


def test_systemd_is_up(host: Any) -> None:
    done = host.run("systemctl is-system-running")
    state = done.stdout.strip()
    failed = host.run("systemctl --failed --no-legend --plain").stdout.split("\n")
    names = ", ".join(line.split()[0] for line in failed if line.strip())
    expect(host, state == "running", "systemd 'running'", f"'{state}' {names}".strip())


def test_has_the_cluster_address(host: Any, cluster: ClusterView) -> None:
    node = node_of(host, cluster)
    shown = host.check_output("ip -o -4 address show")
    found = [words[3].partition("/")[0] for words in map(str.split, shown.splitlines())]
    expect(host, node.address in found, f"an interface with {node.address}", ", ".join(found))


def test_clock_agrees_with_ours(host: Any) -> None:
    before = time.time()
    there = float(host.check_output("date +%s.%N"))
    skew = max(before - there, there - time.time(), 0.0)
    expect(host, skew < MAX_CLOCK_SKEW, f"a clock within {MAX_CLOCK_SKEW:g} s", f"{skew:.1f} s")


def test_has_free_disk(host: Any) -> None:
    free = int(host.check_output("df --output=avail -BM / | tail -n 1").strip().rstrip("M"))
    expect(host, free >= MIN_FREE_MIB, f"{MIN_FREE_MIB} MiB free on /", f"{free} MiB")

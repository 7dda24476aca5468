"""What the nodes of a failed test have in their journals, for its report."""

from __future__ import annotations

import subprocess

LINES = 40


def journals(prefix: str) -> str:
    """The last lines of Consul and Docker on each container node whose name begins so."""
    listed = ["docker", "ps", "--filter", f"name=^{prefix}", "--format", "{{.Names}}"]
    names = subprocess.run(listed, capture_output=True, text=True, timeout=60).stdout.split()
    return "\n".join(f"=== {name}\n{_journal(name)}" for name in sorted(names))


def _journal(node: str) -> str:
    units = ("-u", "consul", "-u", "docker")
    command = ["journalctl", *units, "-n", str(LINES), "--no-pager", "-o", "short-iso"]
    asked = ["docker", "exec", node, *command]
    try:
        done = subprocess.run(asked, capture_output=True, text=True, timeout=60)
    except subprocess.TimeoutExpired:
        return "no answer"
    return done.stdout or done.stderr

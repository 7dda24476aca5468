"""The shipped playbooks under ansible-playbook: three bare nodes become a proven cluster."""

from __future__ import annotations

import os
import subprocess
import uuid
from pathlib import Path

import pytest

from provision.resources import resource
from tests.compat import ansible_venv
from tests.integration.cluster.conftest import CommandLine

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1500)]


def test_bare_nodes_become_a_cluster(tmp_path: Path) -> None:
    cluster = CommandLine(tmp_path, f"t{uuid.uuid4().hex[:6]}")
    options = ("--nodes", "3", "--cpus", "1", "--memory", "1024", "--driver", "docker")
    try:
        cluster.run("up", *options, "--no-install")
        played = subprocess.run(
            [
                ansible_venv.program("ansible-playbook"),
                *("-i", cluster.state / "inventory.yml"),
                *("-e", "docker_python_sdk=true"),
                resource("playbooks", "site.yml"),
            ],
            env=dict(
                os.environ,
                ANSIBLE_HOME=str(tmp_path / "ansible"),
                ANSIBLE_NOCOLOR="1",
                ANSIBLE_PIPELINING="1",
            ),
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=1200,
        )
        assert played.returncode == 0, played.stdout[-6000:] + played.stderr[-3000:]
        again = cluster.run("bootstrap")
        assert "changed=0" in again.stdout
        assert not any(f"changed={number}" in again.stdout for number in range(1, 10)), again.stdout
        assert not any(cluster.verify().values())
    finally:
        if cluster.state.exists():
            cluster.run("down", "--yes", expect=None)

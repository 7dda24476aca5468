"""The shipped playbooks are good Ansible."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from provision.resources import resource
from tests.compat import ansible_venv


def test_ansible_lint_finds_nothing(tmp_path: Path) -> None:
    lint = ansible_venv.program("ansible-lint")
    folder = resource("playbooks")
    # Named one by one, so that none is passed over for not looking like a playbook or a role.
    every = [*sorted(folder.glob("*.yml")), *sorted((folder / "roles").iterdir())]
    environment = {
        **os.environ,
        "ANSIBLE_HOME": str(tmp_path),
        "PATH": f"{lint.parent}:{os.environ['PATH']}",
        "LC_ALL": "C.UTF-8",
    }
    done = subprocess.run(
        [lint, "--offline", "--nocolor", "--profile", "production", *every],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stderr

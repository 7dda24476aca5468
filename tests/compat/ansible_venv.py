"""The real ansible-playbook, in a venv of its own that is made on first use."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from functools import cache
from pathlib import Path

from provision.machines.filelock import file_lock

HERE = Path(__file__).with_name(".venv-ansible")
REQUIREMENTS = (
    "ansible-core>=2.19,<2.20",
    "ansible>=12,<13",  # the collections
    "ansible-lint>=25",
    "passlib",
    "jmespath",
    "netaddr",
)


def program(name: str) -> Path:
    """A program of Ansible's. ``COMPAT_ANSIBLE_VENV`` names a venv that exists already."""
    given = os.environ.get("COMPAT_ANSIBLE_VENV")
    return (Path(given) if given else _made()) / "bin" / name


@cache
def version() -> str:
    """As in ``ansible-core 2.19.1``."""
    python = program("python")
    asked = "from ansible.release import __version__ as v; print('ansible-core', v)"
    done = subprocess.run([python, "-c", asked], capture_output=True, text=True, check=True)
    return done.stdout.strip()


@cache
def _made() -> Path:
    wanted = "\n".join(REQUIREMENTS)
    ready = HERE / ".installed"
    HERE.mkdir(exist_ok=True)
    with file_lock(HERE / ".lock", lambda holder: None):
        if not ready.exists() or ready.read_text() != wanted:
            venv.create(HERE, with_pip=True)
            python = str(HERE / "bin" / "python")
            pip = [python, "-m", "pip", "--disable-pip-version-check", "--quiet"]
            subprocess.run([*pip, "install", *REQUIREMENTS], check=True, stdout=sys.stderr)
            ready.write_text(wanted)
    return HERE

"""The peers, from PyPI in a venv of their own, and how each is run at its best."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from common.measure import Contender

HERE = Path(__file__).resolve().parent.parent
VENV = HERE / ".venv-peers"
PACKAGES = ("ansible>=12,<13", "mitogen>=0.3.27", "pyinfra>=3,<4")
PROVISION = Path(sys.executable).parent / "provision"


def peer(command: str) -> Path:
    """A peer's command; the peers are installed on first use."""
    found = VENV / "bin" / command
    if not found.exists():
        print("installing the peers from PyPI, once", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", VENV], check=True)
        subprocess.run([VENV / "bin" / "pip", "install", "-q", *PACKAGES], check=True)
    return found


def ansible(
    inventory: Path, playbook: Path, forks: int = 5, mitogen: bool = False, *options: str
) -> Contender:
    """ansible-playbook with pipelining, or with Mitogen's strategy."""
    program = peer("ansible-playbook")
    env = {
        "ANSIBLE_PIPELINING": "1",
        "ANSIBLE_FORKS": str(max(forks, 5)),
        "ANSIBLE_HOST_KEY_CHECKING": "0",
        "ANSIBLE_PYTHON_INTERPRETER": "/usr/bin/python3",
        "ANSIBLE_DEPRECATION_WARNINGS": "0",
    }
    if mitogen:
        package = next(VENV.glob("lib/python3*/site-packages/ansible_mitogen"))
        env["ANSIBLE_STRATEGY_PLUGINS"] = str(package / "plugins" / "strategy")
        env["ANSIBLE_STRATEGY"] = "mitogen_linear"
    name = "ansible with Mitogen" if mitogen else "ansible, pipelining"
    return Contender(name, [program, "-i", inventory, playbook, *options], env)


def pyinfra(inventory: Path, deploy: Path) -> Contender:
    """pyinfra with all hosts at once; it says yes to its own question."""
    return Contender("pyinfra", [peer("pyinfra"), "-y", inventory, deploy], cwd=deploy.parent)


def provision(inventory: Path, playbook: Path, *options: str) -> Contender:
    return Contender("provision", [PROVISION, "play", "-i", inventory, playbook, *options])


def bare_ssh(ssh_config: Path, hosts: Sequence[str]) -> Contender:
    """``ssh host true`` on all hosts at once: the limit to be measured against."""
    script = "".join(f"ssh -F {ssh_config} {host} true & " for host in hosts) + "wait"
    return Contender("ssh host true", ["/bin/sh", "-c", script])

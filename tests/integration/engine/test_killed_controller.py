"""A controller that is killed: nothing stays running, and what handlers owe is done next time."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.node

PLAY = """
- hosts: all
  gather_facts: false
  handlers:
    - name: restart it
      command: touch /root/killed-restarted
  tasks:
    - copy: {content: "1\\n", dest: /root/killed-conf}
      notify: restart it
    - command: sleep {{ nap }}
"""
RUNNING = "- hosts: all\n  tasks:\n    - command: pgrep -f '^sleep 987'\n"
CLEAN = "- hosts: all\n  tasks:\n    - file: {path: '{{ item }}', state: absent}\n      loop: "
CLEAN += "[/root/killed-conf, /root/killed-restarted]\n"


@pytest.fixture
def command(node: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROVISION_DIR", raising=False)
    Path("hosts").write_text(
        f"real ansible_host={node.address} ansible_port={node.port} ansible_user={node.user} "
        f"ansible_ssh_private_key_file={node.key_file} "
        f"ansible_ssh_common_args='-o UserKnownHostsFile={node.known_hosts}'\n"
    )

    def start(playbook: str, *more: str) -> subprocess.Popen[str]:
        Path("site.yml").write_text(playbook)
        words = [sys.executable, "-m", "provision", "play", "-i", "hosts", "site.yml", *more]
        # Where the suite itself runs in the background, an interrupt would be ignored.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        return subprocess.Popen(words, stdout=subprocess.PIPE, text=True)

    return start


def ended(command: Callable[..., Any]) -> bool:
    """Whether in the end nothing runs on the node: the agent notices that its channel closed."""
    deadline = time.monotonic() + 60
    while (found := command(RUNNING).wait()) != 2 and time.monotonic() < deadline:
        time.sleep(0.25)
    return bool(found == 2)


def test_handlers_of_a_killed_run_run_in_the_next(command: Callable[..., Any]) -> None:
    assert command(CLEAN).wait() == 0
    killed = command(PLAY, "-e", "nap=987")
    for line in killed.stdout:
        if line.startswith("TASK [command]"):
            break
    time.sleep(1)
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert list(Path(".provision/handlers").iterdir())
    assert ended(command)

    again = command(PLAY, "-e", "nap=0")
    said, _ = again.communicate()
    assert again.returncode == 0
    assert "RUNNING HANDLER [restart it]" in said
    assert not Path(".provision").exists()
    assert command(CLEAN).wait() == 0


def test_an_abort_ends_the_program_on_the_node(command: Callable[..., Any]) -> None:
    running = command(PLAY.replace("notify: restart it", "changed_when: false"), "-e", "nap=987")
    for line in running.stdout:
        if line.startswith("TASK [command]"):
            break
    time.sleep(1)
    running.send_signal(signal.SIGINT)
    said, _ = running.communicate()
    assert running.returncode == 99
    assert "aborted" in said
    assert ended(command)
    assert command(CLEAN).wait() == 0

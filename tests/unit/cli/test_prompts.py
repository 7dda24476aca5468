"""Passwords are asked for at a terminal, and are not shown there."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

from provision.inventory import Vault

PROVISION = Path(sys.executable).with_name("provision")


def at_a_terminal(folder: Path, *words: str, answers: list[str]) -> tuple[int, str]:
    """Exit code and all that a terminal shows; each answer is typed when something is asked."""
    ours, theirs = pty.openpty()
    command = [str(PROVISION), "play", "site.yml", "-i", "a,", "-c", "local", *words]
    with subprocess.Popen(command, cwd=folder, stdin=theirs, stdout=theirs, stderr=theirs) as run:
        os.close(theirs)
        shown = b""
        while True:
            try:
                shown += os.read(ours, 4096)
            except OSError:  # the other side is gone
                break
            if answers and shown.rstrip(b" ").endswith(b":"):
                os.write(ours, answers.pop(0).encode() + b"\n")
                shown += b" \n"
    os.close(ours)
    return run.returncode, shown.decode()


def test_the_vault_password(tmp_path: Path) -> None:
    (tmp_path / "secret.yml").write_text(Vault({"default": "typed"}).encrypt("word: opened\n"))
    (tmp_path / "site.yml").write_text(
        "- hosts: a\n  gather_facts: false\n  vars_files: [secret.yml]\n"
        '  tasks: [{debug: {msg: "{{ word }}"}}]\n'
    )
    code, shown = at_a_terminal(tmp_path, "--ask-vault-pass", answers=["typed"])
    assert code == 0, shown
    assert "Vault password:" in shown
    assert "opened" in shown
    assert "typed" not in shown


def test_passwords_to_log_in_and_to_become(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(
        "- hosts: a\n  gather_facts: false\n  tasks: [{debug: {msg: went on}}]\n"
    )
    code, shown = at_a_terminal(tmp_path, "-k", "-K", answers=["one", ""])
    assert code == 0, shown
    assert "SSH password:" in shown
    assert "BECOME password[defaults to SSH password]:" in shown
    assert "went on" in shown


def test_variables_of_a_play(tmp_path: Path) -> None:
    (tmp_path / "site.yml").write_text(
        "- hosts: a\n  gather_facts: false\n"
        "  vars_prompt:\n"
        "    - {name: colour, prompt: Which colour, private: false, default: red}\n"
        "    - {name: hidden, confirm: true}\n"
        '  tasks: [{debug: {msg: "{{ colour }} {{ hidden | length }}"}}]\n'
    )
    code, shown = at_a_terminal(tmp_path, answers=["", "word", "word"])
    assert code == 0, shown
    assert "Which colour [red]:" in shown
    assert "confirm" in shown
    assert "red 4" in shown

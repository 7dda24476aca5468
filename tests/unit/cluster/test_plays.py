"""What a shipped play that fails says of it."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from provision.cluster import plays
from provision.errors import MachineError
from provision.transport.pool import SessionPool

PLAY = """
- name: Work
  hosts: all
  gather_facts: false
  tasks:
    - name: Succeed
      ansible.builtin.command: "true"
    - name: Look for what is missing
      ansible.builtin.fail:
        msg: "there is no tea in {{ inventory_hostname }}"
      when: inventory_hostname == 'one'
"""


def test_the_task_and_its_words_are_in_the_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "work.yml").write_text(PLAY)
    inventory = tmp_path / "hosts.yml"
    inventory.write_text("all: {hosts: {one: {}, two: {}}, vars: {ansible_connection: local}}\n")
    monkeypatch.setattr(plays, "resource", lambda _, name: tmp_path / name)
    store = SimpleNamespace(inventory=inventory, owed_handlers=tmp_path / "owed")
    cluster: Any = SimpleNamespace(store=store)
    with SessionPool() as sessions, pytest.raises(MachineError) as raised:
        plays.require_playbooks(cluster, ["work"], sessions=sessions, hint="put the kettle on")
    assert str(raised.value).splitlines()[:2] == [
        "the play work failed",
        "  one: Look for what is missing: there is no tea in one",
    ]
    assert "two:" not in str(raised.value)
    assert "put the kettle on" in (raised.value.hint or "")

"""Playbooks over SSH on a real node: sessions, facts, become, time-outs, live output."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from provision.engine.catalog import catalog
from provision.engine.events import Event, HostFinished, Output, RunFinished, Status
from provision.engine.options import RunOptions
from provision.engine.runner import run
from provision.inventory import load_inventory
from provision.playbook.loader import load_playbook

pytestmark = pytest.mark.node

Play = Callable[..., "Seen"]


class Seen:
    def __init__(self) -> None:
        self.events: list[Event] = []
        self.finished: RunFinished | None = None

    @property
    def exit_code(self) -> int:
        assert self.finished is not None
        return self.finished.exit_code

    def last(self, host: str = "real") -> Mapping[str, Any]:
        found = [e for e in self.events if isinstance(e, HostFinished) and e.host == host]
        return found[-1].result

    def changed(self, host: str = "real") -> int:
        assert self.finished is not None
        return self.finished.recap[host].changed


@pytest.fixture
def play(node: Any, tmp_path: Path) -> Play:
    inventory = tmp_path / "hosts.ini"
    inventory.write_text(
        f"real ansible_host={node.address} ansible_port={node.port} ansible_user={node.user} "
        f"ansible_ssh_private_key_file={node.key_file} "
        f"ansible_ssh_common_args='-o UserKnownHostsFile={node.known_hosts}'\n"
        "dead ansible_host=127.0.0.1 ansible_port=9 ansible_timeout=3\n"
    )

    def play(tasks: str, hosts: str = "real", facts: bool = False, **options: Any) -> Seen:
        path = tmp_path / "play.yml"
        body = textwrap.indent(textwrap.dedent(tasks), "    ")
        path.write_text(f"- hosts: {hosts}\n  gather_facts: {facts}\n  tasks:\n{body}")
        seen = Seen()
        seen.finished = run(
            [load_playbook(path, catalog())],
            load_inventory([str(inventory)]),
            RunOptions(**options),
            subscribers=[seen.events.append],
        )
        return seen

    return play


def test_facts_come_with_the_session(play: Play, node: Any) -> None:
    seen = play("- debug: {msg: '{{ ansible_facts.hostname }} {{ ansible_system }}'}", facts=True)
    assert seen.last()["msg"] == f"{node.name} Linux"


def test_a_second_run_changes_nothing(play: Play, tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "t.j2").write_text("for {{ inventory_hostname }}\n")
    tasks = """
        - file: {path: /tmp/engine-test, state: directory, mode: '0750'}
        - template: {src: t.j2, dest: /tmp/engine-test/t, mode: '0640'}
        - lineinfile: {path: /tmp/engine-test/t, line: more}
          when: false
        - command: cat /tmp/engine-test/t
          changed_when: false
    """
    first = play(tasks)
    assert (first.exit_code, first.changed()) == (0, 2)
    assert first.last()["stdout"] == "for real"
    again = play(tasks)
    assert (again.exit_code, again.changed()) == (0, 0)
    play("- file: {path: /tmp/engine-test, state: absent}")


def test_check_mode_touches_nothing(play: Play) -> None:
    tasks = "- copy: {content: x, dest: /tmp/engine-check}\n"
    assert play(tasks, check=True).changed() == 1
    seen = play("- stat: {path: /tmp/engine-check}\n")
    assert seen.last()["stat"]["exists"] is False
    drift = play(tasks, check=True, exit_on_change=True)
    assert drift.exit_code == 3


def test_become_another_user(play: Play) -> None:
    seen = play("""
        - command: id -un
          become: true
          become_user: nobody
          changed_when: false
    """)
    assert seen.last()["stdout"] == "nobody"


def test_a_task_that_takes_too_long_is_ended_on_the_node(play: Play) -> None:
    seen = play("""
        - command: sleep 4242
          timeout: 1
          ignore_errors: true
        - command: pgrep -f 'sleep 424[2]'
          failed_when: false
          changed_when: false
          register: left
        - debug: {msg: "{{ left.rc }}"}
    """)
    assert seen.last()["msg"] == 1
    results = [e.result for e in seen.events if isinstance(e, HostFinished)]
    assert results[0]["failed"] and "timed out" in results[0]["msg"]


def test_output_is_live_and_secrets_are_not_in_it(play: Play) -> None:
    seen = play("- shell: echo one; sleep 2; echo two\n- shell: echo hidden\n  no_log: true")
    texts = [e.text for e in seen.events if isinstance(e, Output)]
    assert "one" in "".join(texts) and "two" in "".join(texts)
    assert "hidden" not in "".join(texts)
    assert len(texts) >= 2


def test_an_unreachable_host_does_not_hold_the_others(play: Play) -> None:
    seen = play("- ping:", hosts="all")
    statuses = {e.host: e.status for e in seen.events if isinstance(e, HostFinished)}
    assert statuses == {"real": Status.OK, "dead": Status.UNREACHABLE}
    assert seen.exit_code == 4


def test_raw_needs_no_agent_and_sessions_can_be_reset(play: Play) -> None:
    seen = play("""
        - raw: echo $((40 + 2))
          register: it
        - assert: {that: "it.stdout_lines == ['42']"}
        - ping:
        - meta: reset_connection
        - ping:
    """)
    assert (seen.exit_code, seen.last()["ping"]) == (0, "pong")


def test_files_go_both_ways(play: Play, tmp_path: Path) -> None:
    big = tmp_path / "big"
    big.write_bytes(bytes(range(256)) * 4096)
    seen = play(f"""
        - copy: {{src: {big}, dest: /tmp/engine-big}}
        - fetch: {{src: /tmp/engine-big, dest: {tmp_path}/back/, flat: true}}
        - file: {{path: /tmp/engine-big, state: absent}}
    """)
    assert seen.exit_code == 0
    assert (tmp_path / "back" / "engine-big").read_bytes() == big.read_bytes()

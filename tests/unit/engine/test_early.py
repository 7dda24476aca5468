"""What is connected to while a playbook is still being read."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provision.engine.early import opening
from provision.engine.options import RunOptions
from provision.inventory import load_inventory
from provision.located import parse_yaml
from provision.transport.target import Become, Target

INVENTORY = """
web:
  hosts:
    w1: {ansible_host: 192.0.2.1}
    w2: {ansible_user: "{{ who }}"}
db:
  hosts:
    d1: {ansible_host: 192.0.2.9, ansible_port: 2222}
"""


class Pool:
    """Notes what is asked for."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Become | None]] = []
        self.opened = threading.Semaphore(0)

    def get(self, target: Target, become: Become | None = None) -> None:
        self.asked.append((f"{target.name}={target.address}:{target.port or 22}", become))
        self.opened.release()

    @contextlib.contextmanager
    def changing_nothing(self) -> Iterator[None]:
        yield


def opened(tmp_path: Path, playbook: str, count: int, **options: Any) -> list[str]:
    """Where connections are opened to. ``count``: so many are waited for."""
    hosts = tmp_path / "hosts.yml"
    hosts.write_text(INVENTORY)
    pool: Any = Pool()
    document = parse_yaml(playbook, "site.yml")
    with opening(
        tmp_path / "site.yml", document, load_inventory([str(hosts)]), RunOptions(**options), pool
    ):
        for _ in range(count):
            assert pool.opened.acquire(timeout=10)
    return sorted(where + (f" as {become.user}" if become else "") for where, become in pool.asked)


def test_the_first_plays_hosts(tmp_path: Path) -> None:
    play = "[{hosts: 'web:db', tasks: []}, {hosts: other}]"
    # w2's user is a template, which only the run can render.
    assert opened(tmp_path, play, 2) == ["d1=192.0.2.9:2222", "w1=192.0.2.1:22"]


def test_limit_and_become_apply(tmp_path: Path) -> None:
    play = "[{hosts: all, become: true, become_user: app}]"
    assert opened(tmp_path, play, 1, limit="db") == ["d1=192.0.2.9:2222 as app"]


def test_no_more_than_forks(tmp_path: Path) -> None:
    assert len(opened(tmp_path, "[{hosts: 'w1:d1'}]", 1, forks=1)) == 1


@pytest.mark.parametrize(
    "play",
    [
        "{hosts: all, gather_facts: false}",
        "{hosts: '{{ target }}'}",
        "{hosts: all, serial: 1}",
        "{hosts: all, vars: {ansible_port: 99}}",
        "{hosts: all, become: '{{ root }}'}",
        "{hosts: all, vars_files: [more.yml]}",
        "{hosts: nobody}",
        "{import_playbook: other.yml}",
        "{}",
        "just text",
    ],
)
def test_not_where_the_text_does_not_tell(tmp_path: Path, play: str) -> None:
    assert opened(tmp_path, f"[{play}]", 0) == []


@pytest.mark.parametrize(
    "options",
    [{"limit": "nobody"}, {"skip_tags": ("always",)}, {"start_at_task": "x"}],
)
def test_not_where_the_options_may_prevent_it(tmp_path: Path, options: dict[str, Any]) -> None:
    assert opened(tmp_path, "[{hosts: all}]", 0, **options) == []

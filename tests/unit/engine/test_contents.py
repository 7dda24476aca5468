"""Large files of the controller: in memory once for all hosts."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from provision.engine import contents
from provision.engine.contents import INLINE, LARGE, Contents
from provision.errors import TaskFailed
from provision.transport.session import Request
from provision.transport.target import Target
from tests.unit.engine.harness import Kitchen
from tests.unit.engine.local_sessions import LocalSessions


class Reading:
    """Counts how often files are read."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, path: Path, vault: Any, decrypt: bool, at: Any) -> bytes:
        self.times += 1
        return path.read_bytes()


@pytest.fixture
def reading(monkeypatch: pytest.MonkeyPatch) -> Reading:
    made = Reading()
    monkeypatch.setattr(contents, "read", made)
    return made


@pytest.fixture
def large(tmp_path: Path) -> Path:
    path = tmp_path / "large"
    path.write_bytes(bytes(LARGE))
    return path


def test_a_large_file_in_use_is_read_once(large: Path, reading: Reading) -> None:
    known = Contents(None)
    first = known.get(large, True, None)
    assert known.get(large, True, None) is first
    assert first.sha1 == hashlib.sha1(bytes(LARGE)).hexdigest()
    assert known.get(large, False, None) is not first
    assert reading.times == 2


def test_a_changed_file_is_read_again(large: Path) -> None:
    known = Contents(None)
    first = known.get(large, True, None)
    large.write_bytes(b"x" * LARGE)
    os.utime(large, ns=(1, 1))
    assert known.get(large, True, None).data == b"x" * LARGE
    assert first.data == bytes(LARGE)


def test_what_nobody_uses_is_not_kept(large: Path, reading: Reading) -> None:
    known = Contents(None)
    for _ in range(2):
        known.get(large, True, None)
    assert reading.times == 2


def test_what_cannot_be_read_says_so(tmp_path: Path) -> None:
    with pytest.raises(TaskFailed, match="cannot read"):
        Contents(None).get(tmp_path / "gone", True, None)


def test_hosts_share_what_they_are_sent(
    kitchen: Kitchen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(contents, "LARGE", 1)
    (tmp_path / "large").write_bytes(b"x" * (INLINE + 1))
    both_asked = threading.Barrier(2)

    def wait(target: Target, request: Request) -> None:
        if not request.blob:
            both_asked.wait(10)

    sessions = LocalSessions(hook=wait)
    tasks = f"- copy: {{src: {tmp_path}/large, dest: '{tmp_path}/{{{{ inventory_hostname }}}}'}}"
    kitchen.tasks(tasks, hosts="h1:h2", sessions=sessions, inventory="h1\nh2\n")
    sent = [request.blob for _, _, request in sessions.requests if request.blob]
    assert len(sent) == 2
    assert sent[0] is sent[1]
    for host in ("h1", "h2"):
        assert (tmp_path / host).read_bytes() == b"x" * (INLINE + 1)


def test_the_md5_is_the_controller_s_where_the_node_gives_none(
    kitchen: Kitchen, tmp_path: Path
) -> None:
    content = b"x" * (INLINE + 1)
    (tmp_path / "large").write_bytes(content)
    given: list[dict[str, Any]] = [{"need_content": True}, {"changed": True}]
    sessions = LocalSessions(hook=lambda target, request: given.pop(0))
    tasks = f"- copy: {{src: {tmp_path}/large, dest: {tmp_path}/out}}"
    seen = kitchen.tasks(tasks, hosts="a", sessions=sessions)
    (finished,) = seen.results("a")
    assert finished["md5sum"] == hashlib.md5(content).hexdigest()

"""Large files of the controller: in memory once for all hosts."""

from __future__ import annotations

import hashlib
import os
import threading
from pathlib import Path
from typing import Any

import pytest

from provision.engine import contents
from provision.engine.contents import LARGE, Content, Contents
from provision.engine.send import INLINE
from provision.transport.session import Request
from provision.transport.target import Target
from tests.unit.engine.harness import Kitchen
from tests.unit.engine.local_sessions import LocalSessions


class Reading:
    """Counts how often a file is read."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.times = 0

    def __call__(self) -> Content:
        self.times += 1
        return Content(self.path.read_bytes())


def test_a_large_file_in_use_is_read_once(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(LARGE))
    known, read = Contents(), Reading(path)
    first = known.get(path, True, read)
    assert known.get(path, True, read) is first
    assert first.sha1 == hashlib.sha1(bytes(LARGE)).hexdigest()
    assert known.get(path, False, read) is not first
    assert read.times == 2


def test_a_changed_file_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(LARGE))
    known, read = Contents(), Reading(path)
    first = known.get(path, True, read)
    path.write_bytes(b"x" * LARGE)
    os.utime(path, ns=(1, 1))
    assert known.get(path, True, read).data == b"x" * LARGE
    assert first.data == bytes(LARGE)


def test_what_nobody_uses_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(bytes(LARGE))
    known, read = Contents(), Reading(path)
    for _ in range(2):
        known.get(path, True, read)
    assert read.times == 2


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

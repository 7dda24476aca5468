"""Large content: hashed and written while it comes, in place only when all of it has come."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from provision.agent import protocol
from provision.agent.arriving import AHEAD, APART, Arriving
from tests.unit.agent_core.conftest import RunningAgent

CONTENT = os.urandom(1 << 20) * (APART // (1 << 20) + 2) + b"the last, odd piece"


def copying(dest: Path, content: bytes = CONTENT, **more: Any) -> dict[str, Any]:
    args = {"dest": str(dest), "checksum": hashlib.sha1(content).hexdigest(), "mode": "0640"}
    given = {**args, "content_follows": True, "size": len(content)}
    return {"id": 1, "module": "copy", "args": given, **more}


def unfinished(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith(".provision-")]


def eventually(holds: Any) -> bool:
    for _ in range(200):
        if holds():
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("diff", [False, True])
def test_what_arrives_is_put_in_place(agent: RunningAgent, tmp_path: Path, diff: bool) -> None:
    dest = tmp_path / "large"
    agent.send(copying(dest, diff=diff), CONTENT)
    result = agent.receive()[0]["result"]
    assert result["changed"] is True
    assert ("diff" in result) is diff
    assert dest.read_bytes() == CONTENT
    assert dest.stat().st_mode & 0o777 == 0o640
    assert unfinished(tmp_path) == []


def test_content_without_a_checksum_is_waited_for(agent: RunningAgent, tmp_path: Path) -> None:
    dest = tmp_path / "large"
    request = copying(dest)
    del request["args"]["checksum"]
    agent.send(request, CONTENT)
    assert agent.receive()[0]["result"]["changed"] is True
    assert dest.read_bytes() == CONTENT


def test_what_is_there_already_is_not_written_again(agent: RunningAgent, tmp_path: Path) -> None:
    dest = tmp_path / "large"
    dest.write_bytes(CONTENT)
    dest.chmod(0o640)
    inode = dest.stat().st_ino
    agent.send(copying(dest), CONTENT)
    assert agent.receive()[0]["result"]["changed"] is False
    assert dest.stat().st_ino == inode


def test_check_mode_writes_nothing(agent: RunningAgent, tmp_path: Path) -> None:
    agent.send(copying(tmp_path / "large", check=True), CONTENT)
    assert agent.receive()[0]["result"]["changed"] is True
    assert list(tmp_path.iterdir()) == []


def test_other_content_than_announced_changes_nothing(agent: RunningAgent, tmp_path: Path) -> None:
    dest = tmp_path / "large"
    dest.write_text("before")
    agent.send(copying(dest), CONTENT[:-1] + b"!")
    error = agent.receive()[0]["error"]
    assert error["kind"] == "failed"
    assert "SHA-1" in error["message"]
    assert dest.read_text() == "before"
    assert unfinished(tmp_path) == []


@pytest.mark.parametrize(("module", "kind"), [("ping", "result"), ("refuses", "error")])
def test_what_no_module_takes_goes_nowhere(agent: RunningAgent, module: str, kind: str) -> None:
    agent.send({"id": 1, "module": module, "args": {}}, CONTENT + bytes(2 * AHEAD << 20))
    assert kind in agent.receive()[0]
    assert agent.call("noisy")["result"] == {"changed": False}


def test_modules_that_want_all_of_it_get_all_of_it(agent: RunningAgent) -> None:
    agent.send({"id": 1, "module": "echo", "args": {}}, CONTENT)
    message, blob = agent.receive()
    assert message["result"] == {"size": len(CONTENT)}
    assert blob == CONTENT[::-1]


def test_a_job_gets_all_of_it(agent: RunningAgent, tmp_path: Path) -> None:
    dest = tmp_path / "large"
    agent.send(copying(dest, job_directory=str(tmp_path / "jobs")), CONTENT)
    assert agent.receive()[0]["result"]["started"] is True
    assert eventually(dest.exists)
    assert dest.read_bytes() == CONTENT


def test_a_timeout_leaves_nothing_and_the_next_request_is_understood(
    agent: RunningAgent, tmp_path: Path
) -> None:
    frame = protocol.encode(copying(tmp_path / "large", timeout=0.3), CONTENT)
    agent.stdin.write(frame[: APART // 2])
    agent.stdin.flush()
    assert agent.receive()[0]["error"]["kind"] == "timeout"
    assert list(tmp_path.iterdir()) == []
    agent.stdin.write(frame[APART // 2 :])
    assert agent.call("noisy")["result"] == {"changed": False}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", ["eof", "sigterm"])
def test_an_interrupted_transfer_leaves_nothing(
    agent: RunningAgent, tmp_path: Path, way: str
) -> None:
    frame = protocol.encode(copying(tmp_path / "large"), CONTENT)
    agent.stdin.write(frame[: len(frame) - 100])
    agent.stdin.flush()
    assert eventually(lambda: unfinished(tmp_path))
    if way == "eof":
        agent.stdin.close()
    else:
        agent.process.terminate()
    agent.process.wait(10)
    assert list(tmp_path.iterdir()) == []


def test_the_sender_waits_for_the_module() -> None:
    content = Arriving((AHEAD + 5) * 3)
    fed: list[int] = []

    def feed() -> None:
        for number in range(AHEAD + 5):
            content.feed(b"%03d" % number, waiting=lambda: None)
            fed.append(number)

    feeding = threading.Thread(target=feed, daemon=True)
    feeding.start()
    assert eventually(lambda: len(fed) == AHEAD)
    taken = iter(content)
    assert next(taken) == b"000"
    assert eventually(lambda: len(fed) == AHEAD + 1)
    assert b"".join(taken) == b"".join(b"%03d" % number for number in range(1, AHEAD + 5))
    feeding.join(10)
    assert not feeding.is_alive()


def test_who_waits_for_the_module_says_so() -> None:
    content = Arriving(AHEAD + 1)
    told: list[None] = []

    def waiting() -> None:
        told.append(None)
        if len(told) == 3:
            content.drop()

    for _ in range(AHEAD + 1):
        content.feed(b"-", waiting, quiet=0.01)
    assert len(told) == 3


def test_a_busy_module_is_no_silence(agent: RunningAgent, tmp_path: Path) -> None:
    """The content behind it stops the reader, which cannot answer pings then."""
    agent.send({"id": 1, "module": "program", "args": {"value": "sleep 7"}})
    dest = tmp_path / "large"
    content = CONTENT + bytes(2 * AHEAD << 20)
    sending = threading.Thread(
        target=agent.send, args=(copying(dest, content) | {"id": 2}, content)
    )
    sending.start()
    told: list[dict[str, Any]] = []
    while not told or told[-1].get("id") != 2:
        told.append(agent.receive()[0])
    sending.join(10)
    assert {"pong": 0} in told
    assert dest.read_bytes() == content

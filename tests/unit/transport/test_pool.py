"""The pool over the local connection: real agents on this machine."""

from __future__ import annotations

import getpass
import os
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provision.errors import TaskFailed, Unreachable, UsageError
from provision.transport import pool as pool_module
from provision.transport.pool import SessionPool
from provision.transport.session import Request
from provision.transport.target import Become, Target

LOCAL = Target("here", connection="local")


@pytest.fixture
def pool():
    with SessionPool() as made:
        yield made


def test_a_call(pool: SessionPool) -> None:
    assert pool.get(LOCAL).call(Request("ping", {"data": "x"})).result["ping"] == "x"
    assert pool.get(LOCAL).facts["user_id"] == getpass.getuser()


def test_many_threads_share_one_session(pool: SessionPool) -> None:
    with ThreadPoolExecutor(8) as threads:
        sessions = list(threads.map(lambda _: pool.get(LOCAL), range(16)))
        assert len({id(session) for session in sessions}) == 1
        calls = [
            threads.submit(sessions[0].call, Request("ping", {"data": str(n)})) for n in range(200)
        ]
        assert [call.result().result["ping"] for call in calls] == [str(n) for n in range(200)]


def test_becoming_oneself_is_the_plain_session(pool: SessionPool) -> None:
    assert pool.get(LOCAL, Become(getpass.getuser())) is pool.get(LOCAL)


def test_a_dead_session_is_replaced(pool: SessionPool) -> None:
    first = pool.get(LOCAL)
    first.close()
    assert pool.get(LOCAL) is not first
    assert pool.get(LOCAL).call(Request("ping", {})).result["ping"] == "pong"


def test_reset(pool: SessionPool) -> None:
    first = pool.get(LOCAL)
    pool.reset(LOCAL)
    assert not first.alive
    assert pool.get(LOCAL).alive


def test_closing_leaves_no_agent_and_opens_no_more(pool: SessionPool, tmp_path: Path) -> None:
    children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
    before = children.read_text()
    pool.get(LOCAL)
    pool.close()
    assert children.read_text() == before
    with pytest.raises(Unreachable, match="the run is over"):
        pool.get(LOCAL)


def test_failures_are_told_to_all_who_wait_and_tried_again_later(
    pool: SessionPool, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[int] = []
    waiting = threading.Barrier(4)

    def connect(target: Target) -> None:
        attempts.append(1)
        raise Unreachable("refused")

    monkeypatch.setattr(pool_module, "_connect", connect)

    def ask() -> str:
        waiting.wait(10)
        with pytest.raises(Unreachable, match="refused"):
            pool.get(LOCAL)
        return "done"

    with ThreadPoolExecutor(4) as threads:
        assert [f.result() for f in [threads.submit(ask) for _ in range(4)]] == ["done"] * 4
    so_far = len(attempts)
    with pytest.raises(Unreachable):
        pool.get(LOCAL)
    assert len(attempts) == so_far + 1


def test_raw(pool: SessionPool) -> None:
    assert pool.raw(LOCAL, "echo out; echo err >&2; exit 3") == (3, "out\n", "err\n")
    with pytest.raises(TaskFailed, match=r"timed out after 0\.3 s"):
        pool.raw(LOCAL, "sleep 60", timeout=0.3)


def test_no_python(pool: SessionPool) -> None:
    target = Target("here", connection="local", python="/nonexistent/python3")
    with pytest.raises(Unreachable, match="cannot run /nonexistent/python3"):
        pool.get(target)


def test_another_connection_is_refused(pool: SessionPool) -> None:
    with pytest.raises(UsageError, match="'winrm' is not supported"):
        pool.get(Target("here", connection="winrm"))

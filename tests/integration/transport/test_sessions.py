"""Sessions with a real node: calls, content, time limits, and the end."""

from __future__ import annotations

import dataclasses
import hashlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from provision.errors import Unreachable
from provision.transport.pool import SessionPool
from provision.transport.session import Request
from provision.transport.target import Become, Target

pytestmark = pytest.mark.node
Shell = Callable[..., str]


AGENT = "[z]lib,base64"
"""What every agent's command line holds."""


def processes(shell: Shell, pattern: str) -> set[str]:
    return set(shell(f"pgrep -f {pattern!r} || true").split())


def gone(shell: Shell, pattern: str, others: frozenset[str] = frozenset()) -> bool:
    """Whether in the end no process on the node matches, but those of others."""
    return _comes_true(lambda: processes(shell, pattern) <= others)


def appears(shell: Shell, pattern: str) -> bool:
    return _comes_true(lambda: bool(processes(shell, pattern)))


def _comes_true(condition: Callable[[], bool]) -> bool:
    for _ in range(200):
        if condition():
            return True
        time.sleep(0.1)
    return False


def test_hello_and_call(pool: SessionPool, node: Any) -> None:
    session = pool.get(node.target)
    assert session.facts["user_id"] == node.user
    assert session.facts["service_mgr"] == "systemd"
    assert node.address in session.facts["all_ipv4_addresses"]
    assert session.call(Request("ping", {})).result == {"changed": False, "ping": "pong"}


def test_pipelined(pool: SessionPool, node: Any) -> None:
    session = pool.get(node.target)
    futures = [session.submit(Request("ping", {"data": str(n)})) for n in range(500)]
    assert [f.result(30).result["ping"] for f in futures] == [str(n) for n in range(500)]


def test_fifty_megabytes_there_and_back(pool: SessionPool, node: Any, shell: Shell) -> None:
    session = pool.get(node.target)
    data = os.urandom(1024) * 50 * 1024
    digest = hashlib.sha1(data).hexdigest()
    path = "/var/tmp/transport-big"
    reply = session.call(Request("copy", {"content_follows": True, "dest": path}, blob=data))
    assert not reply.result.get("failed"), reply
    assert shell(f"sha1sum {path}").split()[0] == digest
    assert session.call(Request("slurp", {"src": path, "as_blob": True})).blob == data
    shell(f"rm {path}")


def test_live_output(pool: SessionPool, node: Any) -> None:
    seen: list[str] = []
    reply = pool.get(node.target).call(
        Request("shell", {"_raw_params": "echo one; echo two"}, on_output=seen.append)
    )
    assert "".join(seen).split() == ["one", "two"], reply


def test_a_timeout_kills_and_the_session_goes_on(
    pool: SessionPool, node: Any, shell: Shell
) -> None:
    session = pool.get(node.target)
    reply = session.call(Request("shell", {"_raw_params": "sleep 7771 & wait"}, timeout=0.5))
    assert reply.result == {"failed": True, "changed": False, "msg": "timed out after 0.5 s"}
    assert gone(shell, "[s]leep 7771")
    assert session.call(Request("ping", {})).result["ping"] == "pong"


def test_closing_under_way_leaves_nothing(pool: SessionPool, node: Any, shell: Shell) -> None:
    future = pool.get(node.target).submit(Request("shell", {"_raw_params": "setsid sleep 7772"}))
    assert appears(shell, "[s]leep 7772")
    pool.close()
    with pytest.raises(Unreachable, match="closed"):
        future.result(10)
    assert gone(shell, "[s]leep 7772")


def test_a_killed_controller_leaves_nothing(node: Any, shell: Shell) -> None:
    # Other tests' pools may keep agents on this node.
    others = frozenset(processes(shell, AGENT))
    fields = {f.name: getattr(node.target, f.name) for f in dataclasses.fields(node.target)}
    program = (
        "from provision.transport.pool import SessionPool\n"
        "from provision.transport.session import Request\n"
        "from provision.transport.target import Become, Target\n"
        f"target = Target(**{fields!r})\n"
        "pool = SessionPool()\n"
        "a = pool.get(target).submit(Request('shell', {'_raw_params': 'sleep 7773'}))\n"
        "b = pool.get(target, Become('nobody')).submit("
        "Request('shell', {'_raw_params': 'sleep 7774'}))\n"
        "a.result()\n"
    )
    controller = subprocess.Popen([sys.executable, "-c", program])
    try:
        assert appears(shell, "[s]leep 7773")
        assert appears(shell, "[s]leep 7774")
    finally:
        controller.send_signal(signal.SIGKILL)
        controller.wait()
    assert gone(shell, "[s]leep 777[34]")
    assert gone(shell, AGENT, others)


def test_a_killed_agent_is_unreachable_not_a_hang(
    pool: SessionPool, node: Any, shell: Shell
) -> None:
    session = pool.get(node.target)
    pid = session.call(Request("shell", {"_raw_params": "echo $PPID"})).result["stdout"].strip()
    future = session.submit(Request("shell", {"_raw_params": "sleep 7775"}))
    assert appears(shell, "[s]leep 7775")
    shell(f"kill -9 {pid}; pkill -f '[s]leep 7775'")
    with pytest.raises(Unreachable, match="closed from the other side") as caught:
        future.result(30)
    assert caught.value.host == node.target.name
    assert pool.get(node.target).call(Request("ping", {})).result["ping"] == "pong"


def test_many_threads_open_one_connection(pool: SessionPool, node: Any, shell: Shell) -> None:
    from concurrent.futures import ThreadPoolExecutor

    # By their numbers: the agent of the test before may still be about to end.
    before = processes(shell, AGENT)
    with ThreadPoolExecutor(8) as threads:
        sessions = set(threads.map(lambda _: id(pool.get(node.target)), range(8)))
    assert len(sessions) == 1
    assert len(processes(shell, AGENT) - before) == 1


def test_raw(pool: SessionPool, node: Any) -> None:
    assert pool.raw(node.target, "echo out; echo err >&2; exit 3") == (3, "out\n", "err\n")
    assert pool.raw(node.target, "id -un", Become("nobody")) == (0, "nobody\n", "")


def test_a_node_gets_no_agent_before_it_may_be_changed(
    account: Callable[..., Target], shell: Shell
) -> None:
    """As while a playbook is read, which may turn out to be wrong."""
    target = account("early")
    shell("rm -rf ~early/.cache")
    opened: list[object] = []

    def open_it(pool: SessionPool) -> None:
        try:
            opened.append(pool.get(target))
        except Unreachable as error:
            opened.append(error)

    with SessionPool() as pool:
        with pytest.raises(ValueError, match="bad playbook"), pool.changing_nothing():
            thread = threading.Thread(target=open_it, args=(pool,))
            thread.start()
            assert _comes_true(lambda: bool(shell(f"pgrep -u early -f {AGENT!r} || true")))
            raise ValueError("bad playbook")
        thread.join(30)
        assert isinstance(opened.pop(), Unreachable)
        assert "agent" not in shell("find ~early -name 'agent-*'")
        with pool.changing_nothing():
            thread = threading.Thread(target=open_it, args=(pool,))
            thread.start()
        thread.join(30)
        assert pool.get(target) is opened.pop()

"""Child processes that hold SSH connections: what crosses the border, and who outlives whom."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from provision.errors import Unreachable, UsageError
from provision.transport.mux import client, wire
from provision.transport.mux.client import Masters
from provision.transport.target import Target


@pytest.fixture
def masters() -> Iterator[Masters]:
    made = Masters()
    yield made
    made.close()


@pytest.fixture
def silent() -> Iterator[Target]:
    """A server that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield Target(
            "mute", address="127.0.0.1", port=server.getsockname()[1], connect_timeout=60.0
        )


def children() -> set[int]:
    """This process's SSH masters."""
    found = set()
    for task in Path("/proc/self/task").iterdir():
        for pid in (task / "children").read_text().split():
            if "mux.master" in Path(f"/proc/{pid}/cmdline").read_text():
                found.add(int(pid))
    return found


def comes_true(condition: object) -> bool:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        if condition():  # type: ignore[operator]
            return True
        time.sleep(0.05)
    return False


def test_messages_and_descriptors() -> None:
    here, there = socket.socketpair()
    read, write = os.pipe()
    big = b"x" * 3_000_000
    sender = threading.Thread(
        target=lambda: [wire.send(here, ("a",), [write]), wire.send(here, big)]
    )
    sender.start()
    received = wire.receive(there)
    assert received is not None and received[0] == ("a",)
    os.write(received[1][0], b"through")
    assert os.read(read, 10) == b"through"
    assert wire.receive(there) == (big, [])
    sender.join()
    here.close()
    assert wire.receive(there) is None


def test_errors_arrive_as_they_were(masters: Masters, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    with pytest.raises(Unreachable, match="connection refused") as refused:
        masters.connect(Target("web1", address="127.0.0.1", port=port))
    assert refused.value.host == "web1" and "no SSH server listens" in str(refused.value.hint)
    missing = tmp_path / "none"
    with pytest.raises(UsageError, match="there is no ssh_config file"):
        masters.connect(Target("web1", ssh_config=str(missing)))


def test_a_killed_child_is_told_and_replaced(masters: Masters, silent: Target) -> None:
    before = children()
    with ThreadPoolExecutor(1) as threads:
        waiting = threads.submit(masters.connect, silent)
        assert comes_true(lambda: children() - before)
        (child,) = children() - before
        os.kill(child, signal.SIGKILL)
        with pytest.raises(Unreachable, match="held its SSH connection has ended") as lost:
            waiting.result()
    assert lost.value.host == "mute"
    with pytest.raises(Unreachable, match="connection refused"):
        masters.connect(Target("web1", address="127.0.0.1", port=1))


def test_hosts_are_shared_out(
    masters: Masters, silent: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "CROWD", 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    before = children()
    with ThreadPoolExecutor(6) as threads:
        asked = [threads.submit(masters.connect, silent) for _ in range(6)]
        assert comes_true(lambda: len(children() - before) == 2)
        masters.close()
        assert all(isinstance(each.exception(), Unreachable) for each in asked)
    assert not children() - before
    with pytest.raises(Unreachable, match="the run is over"):
        masters.connect(silent)


def test_children_end_with_a_killed_parent(silent: Target) -> None:
    program = (
        "from provision.transport.mux.client import Masters\n"
        "from provision.transport.target import Target\n"
        f"Masters().connect(Target('x', address='127.0.0.1', port={silent.port}))\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program], stderr=subprocess.DEVNULL)

    def of_parent() -> list[str]:
        found: list[str] = []
        for task in Path(f"/proc/{parent.pid}/task").iterdir():
            found += (task / "children").read_text().split()
        return found

    assert comes_true(of_parent)
    (child,) = of_parent()
    parent.kill()
    parent.wait()
    assert comes_true(lambda: not Path(f"/proc/{child}").exists())

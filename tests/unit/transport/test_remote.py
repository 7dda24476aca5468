"""Orders to workers and what becomes of them, without Dask."""

from __future__ import annotations

import asyncio
import inspect
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from provision.errors import Unreachable, UsageError
from provision.transport.remote import worker
from provision.transport.remote.link import NotSent, WorkerLink
from provision.transport.remote.messages import (
    Envelope,
    Order,
    Raw,
    Reset,
    Way,
    as_json,
    from_json,
)
from provision.transport.remote.scheduler import Scheduler, dask_sessions
from provision.transport.remote.ways import unpacked, way_to
from provision.transport.session import Request
from provision.transport.target import Become, Target

HERE = "tcp://127.0.0.1:1"


class InProcess:
    """A Dask client whose only worker is this process; it can be held up and killed."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.dead = threading.Event()
        self.took = 0

    def run(
        self, function: Callable[..., Any], *args: Any, workers: list[str], **options: Any
    ) -> Mapping[str, Any]:
        if function is worker.take:
            self.gate.wait(5)
            self.took += 1
        if self.dead.is_set():
            raise OSError("connection reset")
        if function is worker.news:
            args = (*args[:2], 0.05)
        done: Any = function(*args)
        return {HERE: asyncio.run(done) if inspect.iscoroutine(done) else done}


@pytest.fixture
def client() -> InProcess:
    return InProcess()


def absent(lane: int) -> Callable[[int], Order]:
    """An order that fails on the worker."""
    way = way_to(Target("h", address="127.0.0.1", port=9, user="nobody"))
    return lambda number: Raw(number, lane, way, "true")


def reset(number: int) -> Order:
    return Reset(number, 1, Target("h"))


def test_what_fails_on_the_worker_is_raised_here(client: InProcess) -> None:
    link = WorkerLink(client, HERE, "a")
    with pytest.raises(Unreachable, match=r"127\.0\.0\.1:9"):
        link.order(7, absent(7)).result(5)
    assert link.order(1, reset).result(5) is None
    link.close()
    assert "a" not in worker._runs


def test_what_may_have_begun_is_lost_and_the_rest_is_not(client: InProcess) -> None:
    link = WorkerLink(client, HERE, "b")
    client.gate.clear()
    begun = link.order(1, reset)
    while not any(entry.sent for entry in link._pending.values()):
        time.sleep(0.01)
    after_it, elsewhere = link.order(1, reset), link.order(2, absent(2))
    client.dead.set()
    client.gate.set()
    with pytest.raises(Unreachable, match=f"the Dask worker {HERE} is gone .* may have been done"):
        begun.result(5)
    with pytest.raises(Unreachable):  # must not overtake the one before it
        after_it.result(5)
    with pytest.raises(NotSent):
        elsewhere.result(5)
    assert not link.alive
    with pytest.raises(NotSent):
        link.order(3, reset).result(5)


def test_a_worker_that_was_started_anew_does_not_know_the_run(client: InProcess) -> None:
    link = WorkerLink(client, HERE, "c")
    worker.end("c")
    with pytest.raises((Unreachable, NotSent)):
        link.order(1, reset).result(5)


def test_sessions_of_a_dead_controller_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worker, "ORPHANED", 0.1)
    worker.begin("d")
    deadline = time.monotonic() + 5
    while "d" in worker._runs and time.monotonic() < deadline:
        time.sleep(0.02)
    assert "d" not in worker._runs


def test_a_request_goes_through_json_as_it_does_to_the_agent() -> None:
    request = Request(
        "copy", {"a": [1]}, check=True, timeout=2.0, env={"A": "b"}, blob=b"x", chain=3
    )
    assert from_json(as_json(request), b"x", None) == request
    with pytest.raises(TypeError):
        as_json(Request("copy", {"a": object()}))


def test_no_secret_is_in_what_dask_may_log() -> None:
    way = Way(Target("h", password="hunter2"), (), {"/key": b"hunter2"})
    order = Raw(1, 1, way, "echo hunter2", Become(password="hunter2"))
    assert "hunter2" not in repr(Envelope(order)) + repr(order)


def test_keys_come_along_and_do_not_stay(tmp_path: Path) -> None:
    key = tmp_path / "key"
    key.write_bytes(b"private")
    target = Target(
        "h", address="192.0.2.1", key_files=(str(key), "/absent/key"), known_hosts="/absent/hosts"
    )
    way = way_to(target)
    assert way.files == {str(key): b"private"}
    with pytest.raises(Unreachable) as caught, unpacked(way) as hops:
        [own, absent] = hops[-1].key_files
        assert own.read_bytes() == b"private"
        assert own.stat().st_mode & 0o777 == 0o600
        assert not absent.exists()
        assert not hops[-1].use_agent
        raise Unreachable(f"tried {own}, {absent}", hint=f"see {hops[-1].known_hosts[0]}")
    # The files are named as the user knows them.
    assert caught.value.message == f"tried {key}, /absent/key"
    assert caught.value.hint == "see /absent/hosts"
    assert not own.exists()


@pytest.mark.parametrize("address", ["127.0.0.1:8786", "tcp://host", "ucx://host:1", "tcp://h:x"])
def test_an_address_has_a_protocol_and_a_port(address: str) -> None:
    with pytest.raises(UsageError, match="is no scheduler's address"):
        dask_sessions(Scheduler(address), print)


def test_certificates_are_for_tls(tmp_path: Path) -> None:
    file = tmp_path / "any.pem"
    file.touch()
    with pytest.raises(UsageError, match="needs three files"):
        dask_sessions(Scheduler("tls://h:1", ca="ca.pem"), print)
    with pytest.raises(UsageError, match="there is no file"):
        dask_sessions(Scheduler("tls://h:1", "absent.pem", str(file), str(file)), print)
    with pytest.raises(UsageError, match="is not encrypted"):
        dask_sessions(Scheduler("tcp://h:1", *[str(file)] * 3), print)


def test_plain_tcp_beyond_this_machine_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    from provision.transport.remote import scheduler

    def refuse(*args: object) -> None:
        raise UsageError("not here")

    monkeypatch.setattr(scheduler, "_connect", refuse)
    said: list[str] = []
    for address in ("tcp://127.0.0.1:1", "tcp://localhost:1", "tls://192.0.2.1:1"):
        with pytest.raises(UsageError, match="not here"):
            dask_sessions(Scheduler(address), said.append)
    assert said == []
    with pytest.raises(UsageError, match="not here"):
        dask_sessions(Scheduler("tcp://192.0.2.1:1"), said.append)
    assert "not encrypted" in said[0]

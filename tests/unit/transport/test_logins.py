"""Turns at logging in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from provision.errors import Unreachable
from provision.transport.logins import AT_ONCE, TO_ONE_SERVER, Deadline

Turn = Callable[[Deadline], AbstractContextManager[object]]


def at_server(deadline: Deadline) -> AbstractContextManager[object]:
    return deadline.turn_at("jump.example", 22, "h1")


@pytest.mark.parametrize(("turn", "limit"), [(Deadline.turn, AT_ONCE), (at_server, TO_ONE_SERVER)])
def test_only_so_many_at_the_same_time(turn: Turn, limit: int) -> None:
    inside: list[int] = []
    full, leave, lock = threading.Event(), threading.Event(), threading.Lock()
    most = 0

    def log_in(number: int) -> None:
        nonlocal most
        with turn(Deadline(10)):
            with lock:
                inside.append(number)
                most = max(most, len(inside))
                if len(inside) == limit:
                    full.set()
            leave.wait(10)
            with lock:
                inside.remove(number)

    threads = [threading.Thread(target=log_in, args=(n,)) for n in range(limit + 5)]
    for thread in threads:
        thread.start()
    assert full.wait(10)
    leave.set()
    for thread in threads:
        thread.join(10)
    assert most == limit
    assert inside == []


def test_another_server_does_not_wait() -> None:
    entered = threading.Event()

    def elsewhere() -> None:
        with Deadline(10).turn_at("b.example", 22, "h"), Deadline(10).turn_at("a.example", 23, "h"):
            entered.set()

    deadline = Deadline(10)
    turns = [deadline.turn_at("a.example", 22, "h") for _ in range(TO_ONE_SERVER)]
    for turn in turns:
        turn.__enter__()
    threading.Thread(target=elsewhere, daemon=True).start()
    assert entered.wait(10)
    for turn in turns:
        turn.__exit__(None, None, None)


def test_waiting_for_a_turn_takes_none_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    deadline = Deadline(10)
    now = 104.0
    assert deadline.left == 6

    class Slow:
        def __enter__(self) -> None:
            nonlocal now
            now += 50

        def __exit__(self, *error: object) -> None:
            pass

    monkeypatch.setattr("provision.transport.logins._all", Slow())
    with deadline.turn():
        assert deadline.left == 6
        assert not deadline.over
    now += 6
    assert deadline.over
    assert deadline.left == 0.1


def test_who_waited_for_a_server_that_was_silent_does_not_try_it() -> None:
    refused: list[Unreachable] = []
    turns = [Deadline(10).turn_at("silent.example", 22, "h1") for _ in range(TO_ONE_SERVER)]
    servers = [turn.__enter__() for turn in turns]

    def wait() -> None:
        try:
            with Deadline(10).turn_at("silent.example", 22, "h2"):
                pass
        except Unreachable as error:
            refused.append(error)

    waiting = threading.Thread(target=wait)
    waiting.start()
    time.sleep(0.2)  # it waits by then; if not, it comes later and may try
    servers[0].silent(Unreachable("no answer", hint="is it up?", host="h1"))
    for turn in turns:
        turn.__exit__(None, None, None)
    waiting.join(10)
    assert [(error.message, error.host) for error in refused] == [("no answer", "h2")]
    with Deadline(10).turn_at("silent.example", 22, "h3"):
        pass  # who comes later may

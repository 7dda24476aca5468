"""Turns at logging in."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from provision.transport.logins import AT_ONCE, TO_ONE_SERVER, Deadline

Turn = Callable[[Deadline], AbstractContextManager[None]]


def at_server(deadline: Deadline) -> AbstractContextManager[None]:
    return deadline.turn_at("jump.example", 22)


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
        with Deadline(10).turn_at("b.example", 22), Deadline(10).turn_at("a.example", 23):
            entered.set()

    deadline = Deadline(10)
    turns = [deadline.turn_at("a.example", 22) for _ in range(TO_ONE_SERVER)]
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

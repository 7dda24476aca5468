"""Frames that may wait travel together, and none waits for ever."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator

import pytest

from provision.agent import outbox
from provision.agent.outbox import Outbox


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        os.close(end)


@pytest.fixture
def gone() -> threading.Event:
    return threading.Event()


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is let go because of the time that has passed."""
    monkeypatch.setattr(outbox, "HOLD", 60.0)


@pytest.mark.usefixtures("patient")
def test_what_may_wait_goes_with_what_may_not(pipe: tuple[int, int], gone: threading.Event) -> None:
    os.set_blocking(pipe[0], False)
    box = Outbox(pipe[1], gone.set)
    box.send(b"one ", more=True)
    box.send(b"two ", more=True)
    with pytest.raises(BlockingIOError):
        os.read(pipe[0], 100)
    box.send(b"three")
    assert os.read(pipe[0], 100) == b"one two three"


@pytest.mark.usefixtures("patient")
def test_what_is_large_does_not_wait_and_stays_in_order(
    pipe: tuple[int, int], gone: threading.Event
) -> None:
    box = Outbox(pipe[1], gone.set)
    box.send(b"before", more=True)
    box.send(bytes(outbox.FULL), more=True)
    assert os.read(pipe[0], 2 * outbox.FULL) == b"before" + bytes(outbox.FULL)


def test_nothing_waits_long_for_more_that_does_not_come(
    pipe: tuple[int, int], gone: threading.Event
) -> None:
    box = Outbox(pipe[1], gone.set)
    for _ in range(3):
        box.send(b"alone", more=True)
        assert os.read(pipe[0], 100) == b"alone"


def test_a_reader_that_is_gone_is_noticed(gone: threading.Event) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    box = Outbox(writing, gone.set)
    box.send(b"frame", more=True)
    assert gone.wait(30)
    os.close(writing)

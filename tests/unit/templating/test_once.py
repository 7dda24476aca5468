"""What threads ask for together is made once."""

from __future__ import annotations

import threading

from provision.templating.once import once


def test_threads_that_ask_together_have_it_made_once() -> None:
    made: list[str] = []
    begun = threading.Barrier(5)

    @once(8)
    def make(name: str) -> str:
        made.append(name)
        threading.Event().wait(0.05)
        return name.upper()

    def ask() -> None:
        begun.wait()
        got.append(make("x"))

    got: list[str] = []
    threads = [threading.Thread(target=ask) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made == ["x"]
    assert got == ["X"] * 5


def test_one_made_thing_may_need_another() -> None:
    @once(8)
    def factorial(number: int) -> int:
        return number * factorial(number - 1) if number else 1

    assert factorial(5) == 120

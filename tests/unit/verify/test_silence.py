"""A node that cannot be reached is not tried at each question."""

from __future__ import annotations

from typing import Any

from provision.cluster.sessions import SessionRunner
from provision.errors import Unreachable
from provision.transport.target import Target
from provision.verify.probes.base import Answer
from provision.verify.silence import Silence


class Dead:
    """Sessions to a machine that is gone."""

    def __init__(self) -> None:
        self.tries = 0

    def get(self, target: Target, become: Any = None) -> Any:
        self.tries += 1
        raise Unreachable("no answer", host=target.name)


def test_a_silent_node_is_tried_again_only_after_a_while() -> None:
    now, dead = [0.0], Dead()
    sessions: Any = dead
    runner = SessionRunner({"n1": Target("n1")}, sessions, Silence(10, lambda: now[0]))
    said = [runner.run("n1", "true") for _ in range(3)]
    assert said == [Answer(255, "", "no answer")] * 3
    assert dead.tries == 1
    now[0] = 11.0
    runner.run("n1", "true")
    assert dead.tries == 2


def test_only_the_noted_node_is_silent() -> None:
    silence = Silence()
    silence.note("n1", "stopped")
    assert silence.reason("n1") == "stopped"
    assert silence.reason("n2") is None

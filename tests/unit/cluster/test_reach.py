"""What is said of a machine that does not answer."""

from __future__ import annotations

import socket
import threading
from typing import Any

import pytest

from provision.cluster import reach
from provision.cluster.machine.found import Found
from provision.errors import MachineError, Unreachable
from provision.machines.driver import Endpoint, Machine, MachineState


class Standing:
    """A driver whose only machine is in a given state."""

    name = "docker"

    def __init__(self, state: MachineState, detail: str = "") -> None:
        self.state, self.detail = state, detail

    def machines(self, _spec: object) -> list[Machine]:
        if self.state is MachineState.ABSENT:
            return []
        return [Machine("web-1", 1, self.state, "docker", detail=self.detail)]

    def logs(self, _spec: object, _name: str, lines: int) -> str:
        return f"ssh.service: Failed\n({lines} lines)\n"


class Lab:
    spec = None

    def __init__(self, driver: Standing, endpoint: Endpoint) -> None:
        self.driver, self.endpoints = driver, {"web-1": endpoint}
        self.shape = type("Shape", (), {"named": ()})


def found(state: MachineState, port: int = 22, detail: str = "") -> Found:
    endpoint = Endpoint("127.0.0.1", "root", port, cluster_address="127.0.0.1")
    lab: Any = Lab(Standing(state, detail), endpoint)
    return Found(lab, "web-1")


@pytest.fixture
def closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_a_stopped_machine_names_what_starts_it() -> None:
    said = reach.trouble(found(MachineState.STOPPED, detail="killed: out of memory"))
    assert said is not None
    assert said.message == "web-1 is stopped (killed: out of memory)"
    assert said.hint == "`provision machine start web-1`"


def test_a_machine_that_is_gone() -> None:
    said = reach.trouble(found(MachineState.ABSENT))
    assert said is not None
    assert "does not exist any more" in said.message


def test_a_closed_port_comes_with_the_cause_and_the_last_words(closed_port: int) -> None:
    said = reach.trouble(found(MachineState.RUNNING, closed_port))
    assert said is not None
    assert said.message == (f"no SSH server answers at 127.0.0.1:{closed_port}: Connection refused")
    assert said.hint is not None
    assert "ssh.service: Failed" in said.hint
    assert "provision machine start web-1" in said.hint


def test_a_machine_that_answers_has_no_trouble() -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = int(listener.getsockname()[1])
        machine = found(MachineState.RUNNING, port)

        def greet() -> None:
            connection, _ = listener.accept()
            connection.sendall(b"SSH-2.0-test\r\n")
            connection.close()

        thread = threading.Thread(target=greet)
        thread.start()
        assert reach.trouble(machine) is None
        thread.join()


def test_only_a_lost_connection_is_looked_into() -> None:
    machine = found(MachineState.STOPPED)
    assert reach.run([machine], ["sh", "-c", "exit 7"]) == 7
    with pytest.raises(Unreachable, match="is stopped"):
        reach.run([machine], ["sh", "-c", "exit 255"])


def test_an_engine_that_is_not_there_is_not_led_to(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reach, "ENGINE_PORT", 1)
    with pytest.raises(Unreachable, match="web-1 is stopped"):
        reach.require_engine(found(MachineState.STOPPED))
    monkeypatch.setattr(reach, "trouble", lambda _: None)
    with pytest.raises(MachineError, match=r"no Docker Engine answers at 127\.0\.0\.1:1") as caught:
        reach.require_engine(found(MachineState.RUNNING))
    assert caught.value.hint is not None
    assert "provision machine provision web-1" in caught.value.hint

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.agent_core.conftest import RunningAgent


def gone(pid: int) -> bool:
    """Whether a process ends soon; a zombie waiting for its parent counts as ended."""
    for _ in range(100):
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def wait_for_number(path: Path) -> int:
    for _ in range(100):
        if path.exists() and path.read_text().strip():
            return int(path.read_text())
        time.sleep(0.05)
    raise AssertionError(f"nothing was written to {path}")


def test_hello_carries_the_facts(agent: RunningAgent) -> None:
    assert agent.hello["system"] == "Linux"
    assert agent.hello["user_uid"] == os.geteuid()


def test_answers_in_order(agent: RunningAgent) -> None:
    for number in range(20):
        agent.send({"id": number, "module": "ping", "args": {"data": str(number)}})
    replies = [agent.receive()[0] for _ in range(20)]
    assert [(r["id"], r["result"]["ping"]) for r in replies] == [(n, str(n)) for n in range(20)]


@pytest.mark.parametrize(
    ("module", "kind", "says"),
    [
        ("refuses", "failed", "no"),
        ("exits", "crash", "SystemExit"),
        ("wrong", "crash", "instead of a dict"),
        ("unsendable", "crash", "cannot be sent"),
        ("absent", "crash", "UnknownModule"),
    ],
)
def test_errors_are_replies_and_the_agent_goes_on(
    agent: RunningAgent, module: str, kind: str, says: str
) -> None:
    error = agent.call(module)["error"]
    assert error["kind"] == kind
    assert says in error["message"]
    assert agent.call("noisy")["result"] == {"changed": False}


def test_a_failure_keeps_its_result(agent: RunningAgent) -> None:
    assert agent.call("refuses")["error"]["result"] == {"rc": 7}


def test_wrong_arguments(agent: RunningAgent) -> None:
    agent.send({"id": 1, "module": "ping", "args": {"dat": "x"}})
    error = agent.receive()[0]["error"]
    assert error["kind"] == "arguments"
    assert "did you mean 'data'" in error["message"]


def test_a_stray_print_does_not_reach_the_stream(agent: RunningAgent) -> None:
    assert agent.call("noisy")["result"] == {"changed": False}


def test_blobs_travel_both_ways(agent: RunningAgent) -> None:
    agent.send({"id": 1, "module": "echo", "args": {}}, bytes(range(256)) * 5000)
    message, blob = agent.receive()
    assert message["result"] == {"size": 256 * 5000}
    assert blob == (bytes(range(256)) * 5000)[::-1]


def test_surroundings(agent: RunningAgent) -> None:
    result: Any = agent.call("surroundings", env={"EXTRA": "more"})["result"]
    assert result["umask"] == 0o022
    assert result["cwd"] == os.getcwd()  # noqa: PTH109
    assert result["locale"] == "C.UTF-8"
    assert result["output"] == "C.UTF-8 more\n"


def test_live_output_comes_before_the_result_if_asked(agent: RunningAgent) -> None:
    agent.send(
        {"id": 1, "module": "program", "args": {"value": "echo a; echo b >&2"}, "stream": True}
    )
    texts = []
    while "output" in (message := agent.receive()[0]):
        texts.append(message["output"])
    assert sorted("".join(texts).splitlines()) == ["a", "b"]
    assert message["result"]["stdout"] == "a\n"


def test_no_live_output_unasked(agent: RunningAgent) -> None:
    assert agent.call("program", "echo a")["result"]["stdout"] == "a\n"


@pytest.mark.parametrize("module", ["program", "stubborn"])
def test_timeout(agent: RunningAgent, module: str) -> None:
    error = agent.call(module, "sleep 60", timeout=0.3)["error"]
    assert error["kind"] == "timeout"
    assert error["message"] == "timed out after 0.3 s"
    assert agent.call("program", "echo next", timeout=30)["result"]["stdout"] == "next\n"


def test_timeout_while_output_streams_cuts_no_frame(agent: RunningAgent) -> None:
    agent.send(
        {"id": 1, "module": "program", "args": {"value": "yes"}, "stream": True, "timeout": 0.5}
    )
    while "output" in (message := agent.receive()[0]):
        pass
    assert message["error"]["kind"] == "timeout"
    assert agent.call("noisy")["result"] == {"changed": False}


def test_timeout_kills_what_left_the_process_group(agent: RunningAgent, tmp_path: Path) -> None:
    line = f"setsid sh -c 'echo $$ > {tmp_path}/pid; exec sleep 60'"
    assert agent.call("program", line, timeout=0.5)["error"]["kind"] == "timeout"
    assert gone(wait_for_number(tmp_path / "pid"))


def test_ping_is_answered_while_a_module_runs(agent: RunningAgent) -> None:
    agent.send({"id": 1, "module": "program", "args": {"value": "sleep 60"}, "timeout": 5})
    agent.send({"ping": 9})
    assert agent.receive()[0] == {"pong": 9}


@pytest.mark.parametrize("way", ["eof", "sigterm", "garbage"])
def test_the_end_of_the_channel_ends_everything(
    start_agent: Callable[[], RunningAgent], tmp_path: Path, way: str
) -> None:
    agent = start_agent()
    line = f"echo $$ > {tmp_path}/pid; setsid sleep 61 & echo $! > {tmp_path}/child; wait"
    agent.send({"id": 1, "module": "program", "args": {"value": line}})
    pids = [wait_for_number(tmp_path / name) for name in ("pid", "child")]
    if way == "eof":
        agent.stdin.close()
    elif way == "sigterm":
        agent.process.send_signal(signal.SIGTERM)
    else:
        agent.stdin.write(b"\xff" * 64)
        agent.stdin.flush()
    assert agent.process.wait(10) == 0
    assert all(gone(pid) for pid in pids)


def test_chains_of_several_hosts_break_one_by_one(agent: RunningAgent) -> None:
    for chain in (1, 2):
        assert "error" in agent.call("refuses", chain=chain)
    for chain in (1, 2):
        assert agent.call("noisy", chain=chain)["dropped"] is True
    assert agent.call("noisy", chain=3)["result"] == {"changed": False}

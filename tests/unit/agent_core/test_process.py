from __future__ import annotations

import time

import pytest

from provision.agent import process
from provision.agent.task import ModuleFailed, ModuleTask


def run(command: str | list[str], stdin: str | None = None) -> tuple[int, str, str, list[str]]:
    emitted: list[str] = []
    rc, out, err = process.run(command, None, stdin, {}, None, emitted.append)
    return rc, out, err, emitted


def test_status_and_both_streams() -> None:
    assert run("echo out; echo err >&2; exit 3")[:3] == (3, "out\n", "err\n")


def test_death_by_signal() -> None:
    assert run("kill -9 $$")[0] == -9


def test_much_on_both_pipes_does_not_block() -> None:
    big = 1_000_000
    line = f"head -c {big} /dev/zero | tr '\\0' a; head -c {big} /dev/zero | tr '\\0' b >&2"
    rc, out, err, emitted = run(line)
    assert (rc, len(out), len(err)) == (0, big, big)
    assert sum(len(text) for text in emitted) == 2 * big


def test_much_stdin_is_passed_on() -> None:
    text = "é" * 500_000
    assert run(["cat"], text)[1] == text


def test_stdin_nobody_reads() -> None:
    assert run(["true"], "x" * 1_000_000)[0] == 0


def test_lines_are_emitted_whole_and_as_they_come() -> None:
    seen: list[tuple[str, float]] = []
    start = time.monotonic()
    process.run(
        "printf 'one\\ntw'; sleep 0.4; printf 'o\\nrest'",
        None,
        None,
        {},
        None,
        lambda text: seen.append((text, time.monotonic() - start)),
    )
    assert [text for text, _ in seen] == ["one\n", "two\n", "rest"]
    assert seen[1][1] - seen[0][1] > 0.2


def test_a_background_child_with_our_pipes_does_not_hold_us() -> None:
    # Were it waited for, this would exceed the suite's time limit.
    rc, out, _, _ = run("sleep 400 & echo $!")
    assert rc == 0
    process.kill_group(int(out))
    run(["kill", out.strip()])


def test_output_right_before_the_end_is_not_lost_to_a_background_child() -> None:
    rc, out, _, _ = run("sleep 400 & head -c 300000 /dev/zero | tr '\\0' x; echo; echo $!")
    lines = out.splitlines()
    assert rc == 0
    assert len(lines[0]) == 300_000
    run(["kill", lines[1]])


def test_undecodable_output() -> None:
    assert run("printf 'caf\\351'")[1].encode("utf-8", "surrogateescape") == b"caf\xe9"


def test_a_missing_program_is_a_failure_with_its_name() -> None:
    with pytest.raises(ModuleFailed, match=r"cannot run no-such-program: No such file"):
        ModuleTask({}).run(["no-such-program"])


def test_must_succeed_says_what_it_said() -> None:
    with pytest.raises(ModuleFailed, match=r"exit status 4: broken") as caught:
        ModuleTask({}).run("echo broken >&2; exit 4", must_succeed=True)
    assert caught.value.result["rc"] == 4


def test_a_program_that_stays_silent_is_named_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "QUIET", 0.05)
    assert run(["sleep", "0.5"])[3] == ["running: sleep 0.5\n"]
    assert run("echo said; sleep 0.5")[3] == ["said\n"]

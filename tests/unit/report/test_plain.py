"""What the console says, as plain lines."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from provision.engine.events import (
    NoHosts,
    Output,
    PlayStarted,
    Retrying,
    Status,
    Tally,
    Warned,
)
from provision.errors import Location
from provision.report.narration import WIDTH
from provision.report.plain import PlainScreen, still_running
from provision.report.progress import Progress, UnderWay
from tests.unit.report.support import Run, Terminal


def test_headings_are_the_familiar_ones() -> None:
    run = Run()
    run.task()
    run.task("web : restart", handler=True)
    headings = [line for line in run.lines if line.endswith("***")]
    assert [line.split(" *")[0] for line in headings] == [
        "PLAY [the play]",
        "TASK [web : Install]",
        "RUNNING HANDLER [web : restart]",
    ]
    assert {len(line) for line in headings} == {WIDTH}


@pytest.mark.parametrize(
    ("status", "line"),
    [
        (Status.OK, "ok: [n1]"),
        (Status.CHANGED, "changed: [n1]"),
        (Status.SKIPPED, "skipping: [n1]"),
        (Status.FAILED, "fatal: [n1]: FAILED! => it broke"),
        (Status.UNREACHABLE, "fatal: [n1]: UNREACHABLE! => it broke"),
    ],
)
def test_one_line_a_host(status: Status, line: str) -> None:
    run = Run()
    run.task()
    bad = status in (Status.FAILED, Status.UNREACHABLE)
    run.host("n1", status, **({"msg": "it broke"} if bad else {}))
    assert line in run.lines


def test_delegation_is_shown() -> None:
    run = Run()
    run.task()
    run.ended(Status.OK, delegate="n9")
    assert "ok: [n1 -> n9]" in run.lines


def test_a_failure_says_its_message_then_what_helps() -> None:
    run = Run()
    run.task()
    run.host(
        "n1",
        Status.FAILED,
        changed=True,
        failed=True,
        msg="non-zero return code",
        cmd=["apt-get", "install", "x"],
        rc=100,
        stdout="",
        stderr="E: one\nE: two\n",
        stderr_lines=["E: one", "E: two"],
        invocation={"module_args": {}},
        hint="look there",
    )
    lines = run.lines
    start = lines.index("fatal: [n1]: FAILED! => non-zero return code")
    assert lines[start + 1 : start + 8] == [
        "    hint: look there",
        "    cmd: apt-get install x",
        "    rc: 100",
        "    stderr:",
        "        E: one",
        "        E: two",
        "    task: the play > web > Install (tasks/main.yml:3:5)",
    ]
    assert "invocation" not in run.text


def test_long_output_is_cut_at_its_beginning_unless_verbose() -> None:
    long = "\n".join(f"line {number}" for number in range(200))
    for verbosity, first_shown in ((0, False), (1, True)):
        run = Run(verbosity=verbosity)
        run.task()
        run.host("n1", Status.FAILED, msg="x", stdout=long)
        assert ("        line 0" in run.lines) is first_shown
        assert "        line 199" in run.lines


@pytest.mark.parametrize(
    ("result", "says"),
    [
        ({"rc": 3}, "exit status 3"),
        ({}, "failed without a message"),
        ({"results": [{"failed": True}, {"failed": False}]}, "1 of 2 items failed"),
        ({"msg": {"a": 1}}, '{"a": 1}'),
        ({"msg": "one\ntwo"}, "one"),
    ],
)
def test_a_failure_always_says_something(result: dict[str, object], says: str) -> None:
    run = Run()
    run.task()
    run.host("n1", Status.FAILED, **result)
    assert f"fatal: [n1]: FAILED! => {says}" in run.lines


def test_ignored_and_rescued() -> None:
    run = Run()
    run.task()
    run.ended(Status.FAILED, ignored=True)
    run.ended(Status.FAILED, host="n2", rescued=True)
    run.finish(n1=Tally(ok=1))
    assert "...ignoring" in run.lines
    assert "...rescuing" in run.lines
    assert "NO MORE HOSTS LEFT" not in run.text


def test_no_more_hosts_left() -> None:
    run = Run()
    run.task()
    run.ended(Status.FAILED)
    run.ended(Status.UNREACHABLE, host="n2")
    run.tell(PlayStarted(name="next", hosts=("n3",)))
    text = run.text
    assert text.index("NO MORE HOSTS LEFT") < text.index("PLAY [next]")


def test_items_are_told_one_by_one_and_the_host_not_again() -> None:
    run = Run()
    run.task()
    run.item("a", Status.CHANGED)
    run.item("b", Status.SKIPPED)
    run.item("c", Status.FAILED, msg="no")
    run.ended(Status.FAILED, result={"results": []})
    assert "changed: [n1] => (item=a)" in run.lines
    assert "skipping: [n1] => (item=b)" in run.lines
    assert "failed: [n1] => (item=c): FAILED! => no" in run.lines
    assert not any(line.startswith("fatal") for line in run.lines)


def test_a_loop_that_fails_as_a_whole_is_told() -> None:
    run = Run()
    run.task()
    run.item("a", Status.OK)
    run.ended(Status.FAILED, result={"msg": "undefined"})
    assert "fatal: [n1]: FAILED! => undefined" in run.lines


@pytest.mark.parametrize(
    ("result", "shown"),
    [
        ({"msg": "hello"}, ["ok: [n1] => hello"]),
        ({"msg": "a\nb"}, ["ok: [n1] =>", "    a", "    b"]),
        ({"x": 5, "changed": False}, ["ok: [n1] => x: 5"]),
        ({"msg": ["a", 1]}, ["ok: [n1] =>", "    - a", "    - 1"]),
        ({"msg": ""}, ["ok: [n1]"]),
    ],
)
def test_debug_speaks_plainly(result: dict[str, object], shown: list[str]) -> None:
    run = Run()
    run.task(module="debug")
    run.host("n1", Status.OK, **result)
    assert run.lines[-len(shown) :] == shown


def test_verbose_shows_results_as_yaml() -> None:
    run = Run(verbosity=1)
    run.task()
    run.host("n1", Status.OK, changed=False, stdout="a\nb", stdout_lines=["a", "b"], _hidden=1)
    text = run.text
    assert "ok: [n1] =>\n    changed: false\n    stdout: |-\n      a\n      b\n" in text
    assert "stdout_lines" not in text
    assert "_hidden" not in text


def test_very_verbose_shows_where_tasks_stand() -> None:
    run = Run(verbosity=2)
    run.task()
    assert "at: tasks/main.yml:3:5" in run.lines


def test_diffs_come_before_the_line() -> None:
    run = Run()
    run.task()
    run.host(
        "n1",
        Status.CHANGED,
        diff=[{"before": "a\nb\n", "after": "a\nc\n", "before_header": "/etc/x"}],
    )
    lines = run.lines
    start = lines.index("--- before: /etc/x")
    assert lines[start:] == [
        "--- before: /etc/x",
        "+++ after",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
        "changed: [n1]",
    ]


def test_retries() -> None:
    run = Run()
    run.task()
    run.tell(
        Retrying(
            task_id=run.task_id,
            host="n1",
            attempts=1,
            retries=3,
            result={"failed": True, "msg": "not yet"},
        )
    )
    assert "FAILED - RETRYING: [n1]: web : Install (2 retries left). not yet" in run.lines


def test_headings_return_when_tasks_interleave() -> None:
    run = Run()
    run.task("one")
    first = run.task_id
    run.task("two")
    run.ended(Status.OK)
    run.task_id = first
    run.ended(Status.OK, host="n2")
    headings = re.findall(r"TASK \[(\w+)\]", run.text)
    assert headings == ["one", "two", "one"]


def test_no_hosts_and_warnings() -> None:
    run = Run()
    run.tell(NoHosts(play="other", pattern="db"))
    run.tell(Warned(message="careful\nreally", location=Location("x.yml", 2)))
    assert "skipping: no hosts matched 'db'" in run.lines
    assert run.lines[-2:] == ["[WARNING]: x.yml:2: careful", "    really"]


def test_the_recap_is_aligned_and_says_how_long() -> None:
    run = Run()
    run.finish(n1=Tally(ok=12, changed=3), longer=Tally(failed=1))
    rows = [line for line in run.lines if " : ok=" in line]
    assert len(rows) == 2
    assert len({line.index("failed=") for line in rows}) == 1
    assert re.match(
        r"n1     : ok=12 +changed=3 +unreachable=0 +failed=0 +skipped=0 +rescued=0 +ignored=0$",
        rows[0],
    )
    assert run.lines[-1] == "Finished in 1 min 13 s"


def test_nothing_from_a_node_reaches_the_terminal_as_a_command() -> None:
    run = Run()
    run.task(module="debug")
    evil = "\x1b[2J\x1b]0;title\x07red\x1b[31m\x9b5m\r\x00\ud800"
    run.host("n1", Status.OK, msg=evil)
    run.item(evil, Status.OK)
    run.tell(Output(task_id=run.task_id, host="n1", text=evil))
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", run.text)
    assert "red" in run.text


def test_a_stream_that_cannot_say_everything() -> None:
    import io

    buffer = io.BytesIO()
    stream = io.TextIOWrapper(buffer, encoding="ascii")
    from provision.report.console import make_console

    console = make_console(stream)
    console(PlayStarted(name="é\N{SNOWMAN}", hosts=("n1",)))
    console.close()
    stream.flush()
    assert b"PLAY [??]" in buffer.getvalue()


def test_a_reader_that_went_away_does_not_stop_the_run() -> None:
    class Pipe(Terminal):
        def write(self, text: str) -> int:
            raise BrokenPipeError

    from provision.report.console import make_console

    console = make_console(Pipe())
    for _ in range(2):
        console(PlayStarted(name="x", hosts=("n1",)))
    console.close()


def test_includes_say_what_they_brought() -> None:
    run = Run()
    run.task(module="include_tasks")
    run.host("n1", Status.OK, include="more.yml", include_args={})
    assert "included: more.yml for n1" in run.lines


def test_a_censored_failure() -> None:
    run = Run()
    run.task()
    run.host("n1", Status.FAILED, censored="hidden because no_log was given")
    assert run.lines[-2:] == [
        "fatal: [n1]: FAILED! => hidden because no_log was given",
        "    task: the play > web > Install (tasks/main.yml:3:5)",
    ]


def test_no_colour_unless_asked() -> None:
    from provision.report.console import make_console

    for color, found in ((None, False), (False, False), (True, True)):
        stream = Terminal()
        console = make_console(stream, color=color)
        console(PlayStarted(name="x", hosts=("n1",)))
        console.close()
        assert ("\x1b[" in stream.getvalue()) is found


def test_still_running_names_hosts_and_their_last_words() -> None:
    entries = [
        UnderWay("n1", 1, "web : Install", 100.0, "Unpacking foo"),
        UnderWay("n2", 1, "web : Install", 103.0),
        UnderWay("n3", 2, "other", 110.0),
    ]
    assert still_running(entries, 118.0) == [
        "still running: [n1, n2] web : Install: 18 s",
        "    n1: Unpacking foo",
        "still running: [n3] other: 8.0 s",
    ]


def test_a_quiet_task_is_said_to_be_running_still() -> None:
    import threading

    told = threading.Event()

    class Stream(Terminal):
        def write(self, text: str) -> int:
            if text.startswith("still running"):
                told.set()
            return super().write(text)

    from provision.engine.events import TaskStarted
    from provision.report.console import Console
    from provision.report.narration import Narrator

    progress = Progress()
    stream = Stream()
    console = Console(
        Narrator(), progress, PlainScreen(stream, progress, still_after=0.02, still_every=0.02)
    )
    console(PlayStarted(name="x", hosts=("n1", "n2")))
    console(TaskStarted(task_id=1, path="slow", module="command"))
    assert told.wait(30)
    console.close()
    assert "still running: [n1, n2] slow: " in stream.getvalue()
    assert "\r" not in stream.getvalue()


def test_the_source_lines_of_a_failure_are_shown_once_a_task(tmp_path: Path) -> None:
    file = tmp_path / "site.yml"
    file.write_text("- one:\n    x: {{ y }}\n- two:\n- three:\n")
    run = Run()
    run.task(location=Location(str(file), 1, 3))
    for host in ("n1", "n2"):
        run.host(host, Status.FAILED, msg="'y' is undefined", location=f"{file}:2:8")
    assert run.lines.count("        2 |     x: {{ y }}") == 1
    assert " " * 19 + "^" in run.lines
    run.task(location=Location(str(file), 4, 3))
    run.host("n1", Status.UNREACHABLE, msg="gone")
    assert not any("three" in line for line in run.lines)


@pytest.mark.parametrize(
    "place", [Location("a.yml"), Location("a.yml", 3), Location("a:b/c.yml", 3, 14)]
)
def test_a_place_is_read_back(place: Location) -> None:
    assert Location.parse(str(place)) == place

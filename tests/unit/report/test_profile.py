"""Where the time went."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from provision.cli.app import cli
from provision.engine.events import (
    HostFinished,
    PlaybookStarted,
    PlayStarted,
    RunFinished,
    Status,
    TaskStarted,
)
from provision.report.profile import Profile


def measured(say: list[str], path: Path | None = None) -> Profile:
    profile = Profile(say.append, path)
    profile(PlaybookStarted(path="site.yml", at=100.0))
    profile(PlayStarted(name="web", hosts=["a", "b"], at=100.0))
    profile(TaskStarted(task_id=1, path="quick", module="ping", at=100.0))
    profile(done("a", 1, 100.5, 0.5))
    profile(done("b", 1, 100.25, 0.25))
    profile(TaskStarted(task_id=2, path="<slow>", module="apt", at=100.5))
    profile(done("a", 2, 103.5, 3.0, Status.CHANGED))
    profile(RunFinished(recap={}, duration=4.0, exit_code=0, at=104.0))
    profile.close()
    return profile


def done(
    host: str, task: int, at: float, duration: float, status: Status = Status.OK
) -> HostFinished:
    return HostFinished(
        task_id=task,
        host=host,
        status=status,
        result={},
        duration=duration,
        on_node=duration / 2,
        at=at,
    )


def test_the_table_has_tasks_hosts_and_phases_in_order() -> None:
    lines: list[str] = []
    measured(lines)
    assert [" ".join(line.split()) for line in lines if line and "seconds" not in line] == [
        "3.000 75% 1.500 <slow>",
        "0.500 12% 0.250 quick",
        "3.500 88% 1.750 a",
        "0.250 6% 0.125 b",
        "3.500 88% web",
        "0.500 12% between plays, and the end",
    ]


def test_the_trace_is_chromes(tmp_path: Path) -> None:
    measured([], tmp_path / "trace.json")
    events = json.loads((tmp_path / "trace.json").read_text())["traceEvents"]
    names = {event["tid"]: event["args"]["name"] for event in events if event["ph"] == "M"}
    slow = next(event for event in events if event["name"] == "<slow>")
    assert slow["args"] == {"status": "changed", "on_node": 1.5}
    assert (names[slow["tid"]], slow["ph"], slow["ts"], slow["dur"]) == ("a", "X", 500000, 3000000)


def test_the_page_escapes_what_it_shows(tmp_path: Path) -> None:
    measured([], tmp_path / "time.html")
    text = (tmp_path / "time.html").read_text()
    assert "&lt;slow&gt;: a changed, 3.000 s, on the node 1.500 s" in text
    assert "<slow>" not in text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--profile", "site.yml"], "after the playbooks"),
        (["--profile=x.txt", "site.yml"], "no .json or .html"),
    ],
)
def test_a_file_is_not_taken_for_a_playbook(arguments: list[str], said: str) -> None:
    outcome = CliRunner().invoke(cli, ["play", *arguments])
    assert outcome.exit_code == 2
    assert said in " ".join(outcome.output.split())

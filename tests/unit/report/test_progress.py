from __future__ import annotations

from provision.engine.events import (
    HostFinished,
    Output,
    PlayStarted,
    Retrying,
    RunFinished,
    Status,
    TaskStarted,
)
from provision.report.progress import Progress


def finished(host: str, task: int = 1, status: Status = Status.OK) -> HostFinished:
    return HostFinished(task_id=task, host=host, status=status, result={})


def hosts(progress: Progress) -> list[str]:
    return [entry.host for entry in progress.under_way()]


def begun(*named: str) -> Progress:
    progress = Progress()
    progress.follow(PlayStarted(name="p", hosts=("a", "b")))
    progress.follow(TaskStarted(task_id=1, path="t", module="m", hosts=named, at=50.0))
    return progress


def test_hosts_are_under_way_until_they_finish() -> None:
    progress = begun()
    assert hosts(progress) == ["a", "b"]
    progress.follow(finished("a"))
    assert hosts(progress) == ["b"]
    assert progress.under_way()[0].since == 50.0


def test_a_task_can_name_its_hosts() -> None:
    assert hosts(begun("b")) == ["b"]


def test_lost_hosts_take_no_part_any_more() -> None:
    progress = begun()
    progress.follow(finished("a", status=Status.UNREACHABLE))
    progress.follow(finished("b"))
    progress.follow(TaskStarted(task_id=2, path="u", module="m"))
    assert hosts(progress) == ["b"]


def test_the_end_of_another_task_does_not_count() -> None:
    progress = begun()
    progress.follow(finished("a", task=7))
    assert hosts(progress) == ["a", "b"]


def test_the_last_line_of_output_is_kept() -> None:
    progress = begun()
    progress.follow(Output(task_id=1, host="a", text="one\n\x1b[1mtwo\x1b[0m\n\n"))
    progress.follow(Output(task_id=1, host="a", text="\n"))
    progress.follow(Retrying(task_id=1, host="b", attempts=1, retries=3, result={}))
    assert [entry.output for entry in progress.under_way()] == ["two", "attempt 1 of 3 failed"]


def test_nothing_is_under_way_after_the_run() -> None:
    progress = begun()
    progress.follow(RunFinished(recap={}, duration=1.0, exit_code=99))
    assert hosts(progress) == []

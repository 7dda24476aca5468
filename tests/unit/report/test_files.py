"""JUnit, JSON lines and HTML."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision import report
from provision.engine.events import (
    Event,
    HostFinished,
    Output,
    PlaybookStarted,
    PlayStarted,
    RunFinished,
    Status,
    Subscriber,
    Tally,
    TaskStarted,
    Warned,
)
from provision.errors import Location, ProvisionError
from provision.report.event_log import as_object
from provision.report.html_page import page
from provision.report.junit_xml import document
from provision.report.record import Recorder

EVIL = "<b>&\"']]>\x00\x1b[31m\ud800\uffff"
Report = Callable[[Path], AbstractContextManager[Subscriber]]
REPORTS: list[Report] = [report.junit, report.json_lines, report.html]


def a_run(text: str = "broken") -> list[Event]:
    def ended(task: int, host: str, status: Status, **more: Any) -> HostFinished:
        result = more.pop("result", {})
        return HostFinished(
            task_id=task, host=host, status=status, result=result, duration=0.5, **more
        )

    broken = {"msg": text, "stderr": text, "rc": 1}
    return [
        PlaybookStarted(path=f"site-{text}.yml"),
        PlayStarted(name=f"play {text}", hosts=("n1", "n2")),
        TaskStarted(task_id=1, path="one", module="apt", location=Location("x.yml", 2, 3)),
        ended(1, "n1", Status.CHANGED),
        ended(1, "n2", Status.FAILED, result=broken),
        TaskStarted(task_id=2, path=f"two {text}", module="copy"),
        Output(task_id=2, host="n1", text=text),
        ended(2, "n1", Status.FAILED, result=broken, ignored=True),
        TaskStarted(task_id=3, path="three", module="copy", handler=True),
        ended(3, "n1", Status.SKIPPED, result={"skip_reason": "no"}),
        TaskStarted(task_id=4, path="four", module="copy"),
        ended(4, "n1", Status.UNREACHABLE, result={"msg": "gone"}),
        Warned(message=text),
        RunFinished(recap={"n1": Tally(ok=1), "n2": Tally(failed=1)}, duration=2, exit_code=2),
    ]


def write(kind: Report, path: Path, events: list[Event]) -> str:
    with kind(path) as subscriber:
        for event in events:
            subscriber(event)
    return path.read_text(encoding="utf-8")


def recorded(events: list[Event]) -> Recorder:
    recorder = Recorder()
    for event in events:
        recorder(event)
    return recorder


def test_junit_has_a_case_for_each_host_and_task(tmp_path: Path) -> None:
    root = ET.fromstring(write(report.junit, tmp_path / "new" / "j.xml", a_run()))
    cases = {
        (case.get("name"), case.get("classname")): [child.tag for child in case]
        for case in root.iter("testcase")
    }
    assert cases == {
        ("one", "n1"): [],
        ("one", "n2"): ["failure"],
        ("two broken", "n1"): ["system-out"],
        ("three", "n1"): ["skipped"],
        ("four", "n1"): ["error"],
    }
    assert {name: root.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "5",
        "failures": "1",
        "errors": "1",
        "skipped": "1",
    }
    failure = next(root.iter("failure"))
    assert failure.get("message") == "broken"
    assert "rc: 1" in (failure.text or "")


@given(st.text())
def test_junit_is_xml_whatever_nodes_say(text: str) -> None:
    root = document(recorded(a_run(text)))
    again = ET.fromstring(ET.tostring(root, encoding="utf-8"))
    assert len(list(again.iter("testcase"))) == 5


class Page(HTMLParser):
    """Checks that elements nest, and collects what is shown and loaded."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.update(name for name, _ in attrs)
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@given(st.text())
def test_html_is_a_page_whatever_nodes_say(text: str) -> None:
    parser = Page()
    parser.feed(page(recorded(a_run(f"{text}<script>x</script>"))))
    parser.close()
    assert parser.open == []
    assert not parser.tags & {"script", "link", "img", "iframe", "b"}
    assert not parser.attributes & {"src", "href", "onload"}
    assert "<script>x</script>" in parser.text


def test_html_tells_the_essentials(tmp_path: Path) -> None:
    parser = Page()
    parser.feed(write(report.html, tmp_path / "r.html", a_run()))
    for part in ("Exit code 2", "broken", "n2", "two broken", "gone", "x.yml:2:3"):
        assert part in parser.text


def test_json_lines_are_one_object_an_event(tmp_path: Path) -> None:
    events = a_run()
    lines = write(report.json_lines, tmp_path / "r.jsonl", events).splitlines()
    objects = [json.loads(line) for line in lines]
    assert [each["event"] for each in objects] == [type(event).__name__ for event in events]
    assert objects[2]["location"] == {"file": "x.yml", "line": 2, "column": 3}
    assert objects[4]["status"] == "failed"
    assert objects[-1]["recap"]["n2"]["failed"] == 1
    assert all(isinstance(each["at"], float) for each in objects)


def test_json_lines_are_there_while_the_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with report.json_lines(path) as subscriber:
        subscriber(Warned(message="now"))
        assert json.loads(path.read_text())["message"] == "now"


def test_json_lines_take_any_value(tmp_path: Path) -> None:
    result: Any = {"a": {1, 2}, "b": float("nan"), 3: b"x", "p": Path("/x"), "l": Location("f", 1)}
    event = HostFinished(task_id=1, host="n", status=Status.OK, result=result)
    json.loads(json.dumps(as_object(event), allow_nan=False))


@pytest.mark.parametrize("kind", REPORTS)
def test_evil_text_is_written(kind: Report, tmp_path: Path) -> None:
    assert write(kind, tmp_path / "r", a_run(EVIL))


@pytest.mark.parametrize("kind", REPORTS)
def test_a_run_cut_short_is_reported(kind: Report, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), kind(tmp_path / "r") as subscriber:
        for event in a_run()[:6]:
            subscriber(event)
        raise KeyboardInterrupt
    assert "one" in (tmp_path / "r").read_text(encoding="utf-8")


@pytest.mark.parametrize("kind", [report.junit, report.html])
def test_a_report_is_replaced_whole(kind: Report, tmp_path: Path) -> None:
    path = tmp_path / "r"
    path.write_text("before")
    with kind(path) as subscriber:
        for event in a_run():
            subscriber(event)
        assert path.read_text() == "before"
    assert path.read_text() != "before"
    assert [entry.name for entry in tmp_path.iterdir()] == ["r"]


@pytest.mark.parametrize("kind", REPORTS)
def test_a_report_that_cannot_be_written_is_refused_before_the_run(
    kind: Report, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    for path in (tmp_path, tmp_path / "file" / "r"):
        with pytest.raises(ProvisionError, match="cannot write"), kind(path):
            pytest.fail("the run would have begun")

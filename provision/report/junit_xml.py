"""A run as JUnit XML, which CI systems show: one suite a play, one case a host and task.

Source of the format: https://github.com/testmoapp/junitxml
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from provision.engine.events import Status
from provision.report.record import Outcome, PlayRecord, Recorder, TaskRecord
from provision.report.text import clean

# What XML 1.0 cannot hold even escaped: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(recorder: Recorder) -> str:
    """The whole file."""
    root = document(recorder)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def document(recorder: Recorder) -> ET.Element:
    """The report as an element tree."""
    root = ET.Element("testsuites", name="provision")
    suites = [_suite(play) for play in recorder.plays]
    for name in ("tests", "failures", "errors", "skipped"):
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in suites)))
    root.set("time", f"{sum(float(suite.get('time', '0')) for suite in suites):.3f}")
    root.extend(suites)
    return root


def _suite(play: PlayRecord) -> ET.Element:
    suite = ET.Element("testsuite", name=_text(play.name))
    suite.set("timestamp", datetime.fromtimestamp(play.began, UTC).isoformat(timespec="seconds"))
    cases = [_case(task, outcome) for task in play.tasks.values() for outcome in task.outcomes]
    suite.set("tests", str(len(cases)))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in cases)))
    suite.set("time", f"{sum(float(case.get('time', '0')) for case in cases):.3f}")
    suite.extend(cases)
    return suite


def _case(task: TaskRecord, outcome: Outcome) -> ET.Element:
    case = ET.Element(
        "testcase",
        name=_text(task.path or task.module),
        classname=_text(outcome.host),
        time=f"{outcome.duration:.3f}",
    )
    if task.location:
        case.set("file", _text(task.location))
    if outcome.bad:
        tag = "error" if outcome.status is Status.UNREACHABLE else "failure"
        bad = ET.SubElement(case, tag, message=_text(outcome.message), type=outcome.status.value)
        bad.text = _text("\n".join(filter(None, [outcome.message, outcome.details])))
    elif outcome.status is Status.SKIPPED:
        ET.SubElement(case, "skipped", message=_text(outcome.message))
    elif outcome.message:
        word = "ignored" if outcome.ignored else "rescued"
        said = ET.SubElement(case, "system-out")
        said.text = _text(f"failed, {word}: {outcome.message}\n{outcome.details}".rstrip())
    return case


def _text(text: str) -> str:
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", clean(text))

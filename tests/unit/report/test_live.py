"""The terminal's console: the lines it leaves behind, and the table below them."""

from __future__ import annotations

import re
import threading

from provision.engine.events import (
    HostFinished,
    Output,
    PlayStarted,
    RunFinished,
    Status,
    TaskStarted,
)
from provision.report.console import make_console
from tests.unit.report.support import Terminal


def test_the_table_shows_who_is_at_work_and_is_gone_at_the_end() -> None:
    shown = threading.Event()

    class Watched(Terminal):
        def write(self, text: str) -> int:
            if "Unpacking" in text:
                shown.set()
            return super().write(text)

    stream = Watched(terminal=True)
    console = make_console(stream, live=True)
    console(PlayStarted(name="play [x]", hosts=("n1",)))
    console(TaskStarted(task_id=1, path="slow", module="apt"))
    console(Output(task_id=1, host="n1", text="Unpacking [bold]foo[/bold]\n"))
    assert shown.wait(30)
    console(HostFinished(task_id=1, host="n1", status=Status.OK, result={}))
    console(RunFinished(recap={}, duration=1.0, exit_code=0))
    console.close()
    text = stream.getvalue()
    assert "Unpacking [bold]foo[/bold]" in text
    assert text.count("\x1b[?25l") == text.count("\x1b[?25h")  # the cursor is given back
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    assert "PLAY [play [x]]" in plain
    assert "ok: [n1]" in plain


def test_long_lines_are_not_wrapped() -> None:
    stream = Terminal(terminal=True)
    console = make_console(stream, live=True, color=False)
    console(PlayStarted(name="p", hosts=("n1",)))
    console(TaskStarted(task_id=1, path="t", module="debug"))
    console(HostFinished(task_id=1, host="n1", status=Status.OK, result={"msg": "x " * 200}))
    console.close()
    assert "x " * 199 + "x" in stream.getvalue()
    assert "\x1b[3" not in stream.getvalue()


def test_closing_twice_is_harmless() -> None:
    console = make_console(Terminal(terminal=True), live=True)
    console.close()
    console.close()

"""command and shell."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


def test_results(call: Any) -> None:
    result = call("command", cmd="printf 'a\\nb\\n'")
    assert result["changed"] and result["rc"] == 0
    assert result["stdout"] == "a\nb" and result["stdout_lines"] == ["a", "b"]
    assert result["stderr"] == "" and result["stderr_lines"] == []
    assert result["cmd"] == ["printf", "a\\nb\\n"]
    assert result["start"] < result["end"] and result["delta"].startswith("0:00:")


def test_failures_say_what_ran(call: Any) -> None:
    result = call("shell", cmd="echo out; echo err >&2; exit 3")
    assert result["failed"] and result["rc"] == 3 and result["msg"] == "non-zero return code"
    assert (result["stdout"], result["stderr"]) == ("out", "err")
    result = call("command", argv=["/no/such/program"])
    assert result["failed"] and "/no/such/program" in result["msg"]
    assert result["stdout_lines"] == []
    assert call("command", cmd="echo 'open")["failed"]


def test_no_shell_but_variables(call: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WHO", "me")
    assert (
        call("command", cmd="echo $WHO ${WHO}x $UNSET_ | cat")["stdout"] == "me mex $UNSET_ | cat"
    )
    assert call("command", argv=["echo", "$WHO"], expand_argument_vars=False)["stdout"] == "$WHO"


def test_creates_and_removes(call: Any, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("")
    skipped = call("command", cmd="false", creates=str(tmp_path / "*.txt"))
    assert not skipped["changed"] and skipped["rc"] == 0 and "exists" in skipped["msg"]
    assert skipped["stdout_lines"]
    assert not call("command", cmd="false", removes="none", chdir=str(tmp_path))["changed"]
    assert call("command", cmd="true", removes="a.txt", chdir=str(tmp_path))["changed"]


def test_check_mode(call: Any, tmp_path: Path) -> None:
    result = call("command", cmd="touch x", chdir=str(tmp_path), check=True)
    assert result["skipped"] and not result["changed"]
    assert result["rc"] == 0 and result["stdout"] == "" and result["stdout_lines"] == []
    decided = call("shell", cmd="touch x", creates="x", chdir=str(tmp_path), check=True)
    assert decided["changed"] and "skipped" not in decided
    assert list(tmp_path.iterdir()) == []


def test_stdin_and_ends(call: Any) -> None:
    assert call("command", cmd="cat", stdin="hi", strip_empty_ends=False)["stdout"] == "hi\n"
    given = call("command", cmd="cat", stdin="hi", stdin_add_newline=False, strip_empty_ends=False)
    assert given["stdout"] == "hi"


def test_shell_executable(call: Any) -> None:
    result = call("shell", cmd="echo ${BASH_VERSION:+yes}", executable="/bin/bash")
    assert result["stdout"] == "yes"

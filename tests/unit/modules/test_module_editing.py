"""lineinfile, blockinfile and replace."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from tests.examples import examples

TEXT = "a=1\n#b=2\nc=3\n"


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"line": "d=4"}, "a=1\n#b=2\nc=3\nd=4\n"),
        ({"line": "a=1"}, TEXT),
        ({"line": "b=9", "regexp": "^#?b="}, "a=1\nb=9\nc=3\n"),
        ({"line": "b=9", "search_string": "b="}, "a=1\nb=9\nc=3\n"),
        ({"line": "x", "insertafter": "^a="}, "a=1\nx\n#b=2\nc=3\n"),
        ({"line": "x", "insertbefore": "^c="}, "a=1\n#b=2\nx\nc=3\n"),
        ({"line": "x", "insertbefore": "BOF"}, "x\na=1\n#b=2\nc=3\n"),
        ({"line": "x", "insertafter": "^nothing"}, "a=1\n#b=2\nc=3\nx\n"),
        ({"line": "x", "insertafter": "=", "firstmatch": True}, "a=1\nx\n#b=2\nc=3\n"),
        ({"line": r"b=\1\1", "regexp": r"^#b=(\d)", "backrefs": True}, "a=1\nb=22\nc=3\n"),
        ({"line": "z", "regexp": "^zz", "backrefs": True}, TEXT),
        ({"line": "x=1", "regexp": "="}, "a=1\n#b=2\nx=1\n"),
        ({"regexp": "^#", "state": "absent"}, "a=1\nc=3\n"),
        ({"line": "c=3", "state": "absent"}, "a=1\n#b=2\n"),
    ],
)
def test_lineinfile(call: Any, tmp_path: Path, args: dict[str, Any], expected: str) -> None:
    path = tmp_path / "f"
    path.write_text(TEXT)
    looked = call("lineinfile", path=str(path), check=True, **args)
    assert path.read_text() == TEXT
    result = call("lineinfile", path=str(path), diff=True, **args)
    assert path.read_text() == expected
    assert result["changed"] == looked["changed"] == (expected != TEXT)
    assert result["diff"][0]["after"] == expected
    again = call("lineinfile", path=str(path), **args)
    assert not again["changed"] or (args.get("firstmatch") is None and args.get("backrefs"))


def test_lineinfile_ends_the_last_line(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"a\xff")
    call("lineinfile", path=str(path), line="b")
    assert path.read_bytes() == b"a\xff\nb\n"


def test_lineinfile_creates_only_when_told(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "d" / "f"
    assert "does not exist" in call("lineinfile", path=str(path), line="x")["msg"]
    result = call("lineinfile", path=str(path), line="x", create=True, mode="0600")
    assert result["changed"] and path.read_text() == "x\n"
    assert path.stat().st_mode & 0o777 == 0o600
    assert not call("lineinfile", path=str(path), line="x", create=True, mode="0600")["changed"]
    assert call("lineinfile", path=str(path), line="x", mode="0644")["changed"]


def test_lineinfile_refuses(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text(TEXT)
    assert "regular expression" in call("lineinfile", path=str(path), line="x", regexp="(")["msg"]
    assert "needs line" in call("lineinfile", path=str(path), regexp="x")["msg"]
    assert "needs regexp" in call("lineinfile", path=str(path), line="x", backrefs=True)["msg"]
    bad = call("lineinfile", path=str(path), line="x", validate="false %s")
    assert bad["failed"] and path.read_text() == TEXT


def test_a_link_stays_a_link(call: Any, tmp_path: Path) -> None:
    (tmp_path / "real").write_text(TEXT)
    link = tmp_path / "link"
    link.symlink_to("real")
    assert call("lineinfile", path=str(link), line="x", backup=True)["backup"]
    assert link.is_symlink() and (tmp_path / "real").read_text().endswith("x\n")


@examples(50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.text(alphabet="ab= #", max_size=4), max_size=6),
    st.text(alphabet="ab= #", min_size=1, max_size=4),
    st.sampled_from([None, "^a", "^#", "b$"]),
)
def test_a_second_run_changes_nothing(
    call: Any, tmp_path: Path, lines: list[str], line: str, after: str | None
) -> None:
    path = tmp_path / "f"
    path.write_text("\n".join(lines))
    args = {"path": str(path), "line": line, "insertafter": after}
    call("lineinfile", **args)
    assert line in path.read_text().splitlines()
    assert not call("lineinfile", **args)["changed"]


def test_blockinfile(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("one\ntwo")
    args = {"path": str(path), "marker": "# {mark} x"}
    assert call("blockinfile", block="b1\nb2\n", **args)["msg"] == "Block inserted"
    assert path.read_text() == "one\ntwo\n# BEGIN x\nb1\nb2\n# END x\n"
    assert not call("blockinfile", block="b1\nb2", **args)["changed"]
    assert call("blockinfile", block="b3", check=True, **args)["changed"]
    assert call("blockinfile", block="b3", **args)["msg"] == "Block inserted"
    assert path.read_text() == "one\ntwo\n# BEGIN x\nb3\n# END x\n"
    assert call("blockinfile", state="absent", **args)["msg"] == "Block removed"
    assert path.read_text() == "one\ntwo\n"
    assert not call("blockinfile", state="absent", **args)["changed"]
    call("blockinfile", block="b", insertafter="^one", prepend_newline=True, **args)
    assert path.read_text() == "one\n\n# BEGIN x\nb\n# END x\ntwo\n"
    assert not call("blockinfile", block="b", prepend_newline=True, **args)["changed"]


def test_blockinfile_creates(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    assert call("blockinfile", path=str(path), block="b")["failed"]
    assert call("blockinfile", path=str(path), block="b", create=True)["msg"] == "File created"
    assert "ANSIBLE MANAGED BLOCK" in path.read_text()


def test_replace(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("[x]\na=1\n[y]\na=1\n")
    args = {"path": str(path), "regexp": r"^a=(\d)$", "replace": r"a=\g<1>0"}
    assert call("replace", after=r"\[y\]", **args)["msg"] == "1 replacements made"
    assert path.read_text() == "[x]\na=1\n[y]\na=10\n"
    assert call("replace", check=True, **args)["changed"]
    assert call("replace", **args)["changed"]
    assert not call("replace", **args)["changed"]
    assert not call("replace", after="nowhere", **args)["changed"]
    assert call("replace", path=str(path), regexp="(")["failed"]

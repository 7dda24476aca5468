"""ini_file, and the document under it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.agent import editing, ini

TEXT = "top = 1\n[a]\n# x = 0\nx = 1\n\n[b]\n;y = 2\nm = 1\nm = 2\n"
STYLE = ini.Style(tight=False, lenient=False)


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({"section": "a", "option": "x", "value": "1"}, TEXT),
        ({"section": "a", "option": "x", "value": "2"}, TEXT.replace("\nx = 1", "\nx = 2")),
        ({"section": "a", "option": "n", "value": "3"}, TEXT.replace("x = 1\n", "x = 1\nn = 3\n")),
        ({"section": "b", "option": "y", "value": "5"}, TEXT.replace(";y = 2", "y = 5")),
        (
            {"section": "b", "option": "y", "value": "5", "modify_inactive_option": False},
            TEXT + "y = 5\n",
        ),
        ({"section": "b", "option": "m", "value": "2"}, TEXT.replace("m = 1\n", "")),
        ({"section": "b", "option": "m", "values": ["3"], "exclusive": False}, TEXT + "m = 3\n"),
        ({"section": "b", "option": "m", "state": "absent"}, TEXT.replace("m = 1\nm = 2\n", "")),
        (
            {"section": "b", "option": "m", "value": "1", "state": "absent", "exclusive": False},
            TEXT.replace("m = 1\n", ""),
        ),
        ({"section": "b", "state": "absent"}, TEXT[: TEXT.index("[b]")]),
        ({"section": "c", "option": "z", "value": "1"}, TEXT + "[c]\nz = 1\n"),
        (
            {"option": "top", "value": "2", "no_extra_spaces": True},
            TEXT.replace("top = 1", "top=2"),
        ),
        ({"section": "nowhere", "state": "absent"}, TEXT),
    ],
)
def test_edits(call: Any, tmp_path: Path, args: dict[str, Any], expected: str) -> None:
    path = tmp_path / "f.ini"
    path.write_text(TEXT)
    looked = call("ini_file", path=str(path), check=True, **args)
    assert path.read_text() == TEXT
    result = call("ini_file", path=str(path), **args)
    assert path.read_text() == expected
    assert result["changed"] == looked["changed"] == (expected != TEXT)
    assert not call("ini_file", path=str(path), **args)["changed"]


def test_refusals(call: Any, tmp_path: Path) -> None:
    path = str(tmp_path / "f")
    assert "allow_no_value" in call("ini_file", path=path, section="a", option="x")["msg"]
    missing = call("ini_file", path=path, section="a", option="x", value="1", create=False)
    assert missing["failed"] and not Path(path).exists()


def test_the_section_that_has_values(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_text("[p]\nname = a\n[p]\nname = b\n")
    wanted = [{"option": "name", "value": "b"}]
    args = {"path": str(path), "section": "p", "section_has_values": wanted}
    call("ini_file", option="k", value="1", **args)
    assert path.read_text() == "[p]\nname = a\n[p]\nname = b\nk = 1\n"
    call("ini_file", state="absent", **args)
    assert path.read_text() == "[p]\nname = a\n"


@given(st.text("[]=#; \nab", max_size=60), st.sampled_from(["a", "b", None]))
def test_what_is_set_is_there_and_nothing_else_changes(text: str, section: str | None) -> None:
    document = ini.Document(editing.lines_of(text), STYLE)
    plain = document.text()
    assert plain == text + ("\n" if text and not text.endswith("\n") else "")
    found = document.find(section) or document.add(section)
    document.set(found, "key", ["v"], exclusive=True, inactive=False)
    again = ini.Document(editing.lines_of(document.text()), STYLE)
    there = again.find(section)
    assert there is not None
    assert again.set(there, "key", ["v"], exclusive=True, inactive=False) == ""
    assert again.unset(there, "key", None)
    assert sorted(again.text().split("\n")) == sorted(
        ini.Document(editing.lines_of(plain), STYLE).text().split("\n")
        + (
            [f"[{section}]"]
            if f"[{section}]" not in map(str.rstrip, plain.split("\n")) and section
            else []
        )
    )

"""archive and assemble."""

from __future__ import annotations

import os
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "sub").mkdir(parents=True)
    (root / "a").write_text("a")
    (root / "sub" / "b.log").write_text("b")
    (root / "link").symlink_to("a")
    return root


@pytest.mark.parametrize("kind", ["gz", "bz2", "xz", "tar"])
def test_tar_is_written_once(call: Any, tree: Path, kind: str) -> None:
    dest = tree.parent / "out"
    args = {"path": str(tree), "dest": str(dest), "format": kind}
    assert call("archive", check=True, **args)["changed"] and not dest.exists()
    made = call("archive", mode="0600", **args)
    assert made["changed"] and made["mode"] == "0600" and made["dest_state"] == "archive"
    with tarfile.open(dest) as found:
        assert sorted(found.getnames()) == ["tree/a", "tree/link", "tree/sub", "tree/sub/b.log"]
        assert found.getmember("tree/link").issym()
    before = dest.stat().st_ino
    assert not call("archive", **args)["changed"] and dest.stat().st_ino == before
    (tree / "a").write_text("A")
    assert call("archive", **args)["changed"]
    assert sorted(path.name for path in tree.parent.iterdir()) == ["out", "tree"]


def test_choosing_and_removing(call: Any, tree: Path) -> None:
    dest = tree.parent / "out.zip"
    args = {"path": f"{tree}/*", "dest": str(dest), "format": "zip"}
    made = call(
        "archive", exclude_path=[f"{tree}/link"], exclusion_patterns=["*.log"], remove=True, **args
    )
    with zipfile.ZipFile(dest) as found:
        assert found.namelist() == ["a"]
    assert made["arcroot"] == f"{tree}/" and os.listdir(tree) == ["link"]  # noqa: PTH208
    none = call("archive", path=f"{tree}/none*", dest=str(dest))
    assert none["failed"] and "nothing is there to pack" in none["msg"]


def test_one_file_is_compressed(call: Any, tree: Path) -> None:
    made = call("archive", path=str(tree / "a"), remove=True)
    assert made["dest"] == f"{tree}/a.gz" and made["dest_state"] == "compress"
    again = call("archive", path=str(tree / "a"))
    assert not again["changed"] and again["missing"] == [f"{tree}/a"]
    assert call("archive", path=str(tree))["failed"]


def test_assemble(call: Any, tmp_path: Path) -> None:
    src, dest = tmp_path / "d", tmp_path / "out"
    src.mkdir()
    for name, text in (("2", "two"), ("1", "one\n"), (".h", "hidden\n"), ("3", "three\n")):
        (src / name).write_text(text)
    args = {"src": str(src), "dest": str(dest), "ignore_hidden": True}
    made = call("assemble", mode="0600", diff=True, **args)
    assert dest.read_text() == "one\ntwo\nthree\n"
    assert made["mode"] == "0600" and made["diff"]["after"] == dest.read_text()
    assert not call("assemble", **args)["changed"]
    call("assemble", delimiter=r"# --\n#", regexp="[23]", **args)
    assert dest.read_text() == "two\n# --\n#\nthree\n"
    refused = call("assemble", validate="false %s", **args)
    assert refused["failed"] and dest.read_text().startswith("two")
    assert "regular expression" in call("assemble", regexp="(", **args)["msg"]

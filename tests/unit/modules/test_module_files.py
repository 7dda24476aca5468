"""copy, file, stat, slurp and tempfile on real paths."""

from __future__ import annotations

import base64
import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.agent import modes
from provision.agent.task import ModuleFailed


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def mode_of(path: Path) -> int:
    return path.stat().st_mode & 0o7777


@pytest.mark.parametrize(
    ("mode", "current", "directory", "expected"),
    [
        ("0644", 0, False, 0o644),
        ("644", 0, False, 0o644),
        (0o750, 0, False, 0o750),
        ("u=rw,g=r,o=", 0o777, False, 0o640),
        ("u+x", 0o644, False, 0o744),
        ("go-rwx", 0o755, False, 0o700),
        ("a+X", 0o644, False, 0o644),
        ("a+X", 0o644, True, 0o755),
        ("a+X", 0o744, False, 0o755),
        ("g=u", 0o640, False, 0o660),
        ("u=rwX,g=rX,o=rX", 0o600, True, 0o755),
        ("u+s", 0o755, False, 0o4755),
        ("+t", 0o755, True, 0o1755),
        ("u=rwx,g+s", 0o640, False, 0o2740),
    ],
)
def test_modes(mode: Any, current: int, directory: bool, expected: int) -> None:
    assert modes.parse_mode(mode, current, directory) == expected


@pytest.mark.parametrize("mode", ["", "rw", "u~x", "0999", "u=rw;g=r", True, 1.5, 0o17777])
def test_what_is_no_mode_is_refused(mode: Any) -> None:
    with pytest.raises(ModuleFailed, match="neither octal"):
        modes.parse_mode(mode)


@given(st.integers(0, 0o777), st.integers(0, 0o777))
def test_octal_and_spelled_out_modes_agree(bits: int, current: int) -> None:
    letters = "".join(
        f"{who}={''.join(c for i, c in enumerate('rwx') if bits >> shift & (4 >> i))},"
        for who, shift in (("u", 6), ("g", 3), ("o", 0))
    ).rstrip(",")
    assert modes.parse_mode(letters, current) == modes.parse_mode(f"{bits:04o}")


class TestCopy:
    def test_asks_for_content_only_when_it_differs(self, call: Any, tmp_path: Path) -> None:
        dest = tmp_path / "a.conf"
        asked = call("copy", dest=str(dest), checksum=sha1(b"new\n"), diff=True)
        assert asked["need_content"] and not asked["changed"]
        assert not dest.exists()
        dest.write_bytes(b"old\n")
        asked = call("copy", dest=str(dest), checksum=sha1(b"new\n"), diff=True)
        assert asked["before"] == "old\n"
        made = call(
            "copy",
            dest=str(dest),
            checksum=sha1(b"new\n"),
            content_follows=True,
            blob=b"new\n",
            diff=True,
        )
        assert made["changed"] and dest.read_bytes() == b"new\n"
        assert made["diff"]["before"] == "old\n" and made["diff"]["after"] == "new\n"
        again = call("copy", dest=str(dest), checksum=sha1(b"new\n"))
        assert again["changed"] is False and "need_content" not in again
        assert {"checksum", "dest", "mode", "owner", "group", "uid", "gid", "size", "state"} <= set(
            again
        )

    def test_modes_of_new_and_present_files(self, call: Any, tmp_path: Path) -> None:
        dest = tmp_path / "f"
        old = os.umask(0o027)
        try:
            call("copy", dest=str(dest), content="1")
        finally:
            os.umask(old)
        assert mode_of(dest) == 0o640
        dest.chmod(0o600)
        assert call("copy", dest=str(dest), content="2")["mode"] == "0600"
        assert call("copy", dest=str(dest), content="2", mode="0644")["changed"]
        assert mode_of(dest) == 0o644
        assert not call("copy", dest=str(dest), content="2", mode="0644")["changed"]

    def test_check_mode_touches_nothing(self, call: Any, tmp_path: Path) -> None:
        dest = tmp_path / "f"
        result = call("copy", dest=str(dest), content="x", check=True, diff=True)
        assert result["changed"] and result["diff"]["after"] == "x" and not dest.exists()
        missing = tmp_path / "not" / "yet" / "f"
        assert call("copy", dest=str(missing), content="x", check=True)["changed"]

    def test_refusals(self, call: Any, tmp_path: Path) -> None:
        result = call("copy", dest=str(tmp_path / "no" / "f"), content="x")
        assert result["failed"] and "does not exist" in result["msg"]
        result = call("copy", dest=str(tmp_path / "f"), content="x", checksum="0" * 40)
        assert result["failed"] and "SHA-1" in result["msg"]
        result = call("copy", dest=str(tmp_path / "f"), content="x", owner="nobody-of-this-name")
        assert result["failed"] and "no user" in result["msg"]
        assert list(tmp_path.iterdir()) == []

    def test_directories_take_the_name(self, call: Any, tmp_path: Path) -> None:
        call("copy", dest=str(tmp_path), content="x", original_basename="a")
        assert (tmp_path / "a").read_text() == "x"
        call(
            "copy",
            dest=str(tmp_path / "deep" / "er") + "/",
            content="x",
            original_basename="a",
            directory_mode="0700",
        )
        assert (tmp_path / "deep" / "er" / "a").read_text() == "x"
        assert mode_of(tmp_path / "deep") == 0o700

    def test_force_no_keeps_the_file(self, call: Any, tmp_path: Path) -> None:
        dest = tmp_path / "f"
        dest.write_text("mine")
        assert not call("copy", dest=str(dest), content="x", force=False)["changed"]
        assert dest.read_text() == "mine"

    def test_backup_and_validate(self, call: Any, tmp_path: Path) -> None:
        dest = tmp_path / "f.conf"
        dest.write_text("old")
        bad = call("copy", dest=str(dest), content="new", validate="grep -q old %s")
        assert bad["failed"] and "failed to validate" in bad["msg"]
        assert dest.read_text() == "old" and len(list(tmp_path.iterdir())) == 1
        good = call("copy", dest=str(dest), content="new", validate="grep -q new %s", backup=True)
        assert Path(good["backup_file"]).read_text() == "old"

    def test_links(self, call: Any, tmp_path: Path) -> None:
        real, link = tmp_path / "real", tmp_path / "link"
        real.write_text("old")
        link.symlink_to(real)
        call("copy", dest=str(link), content="new", follow=True)
        assert link.is_symlink() and real.read_text() == "new"
        assert call("copy", dest=str(link), content="own")["changed"]
        assert not link.is_symlink() and real.read_text() == "new"

    def test_remote_src(self, call: Any, tmp_path: Path) -> None:
        src = tmp_path / "src"
        (src / "sub").mkdir(parents=True)
        (src / "sub" / "f").write_text("1")
        (src / "sub" / "f").chmod(0o755)
        args = {"src": str(src), "dest": str(tmp_path / "dest"), "remote_src": True}
        assert call("copy", **args, check=True)["changed"]
        assert not (tmp_path / "dest").exists()
        assert call("copy", **args)["changed"]
        assert mode_of(tmp_path / "dest" / "src" / "sub" / "f") == 0o755
        assert not call("copy", **args)["changed"]
        one = {"src": str(src / "sub" / "f"), "dest": str(tmp_path / "g"), "remote_src": True}
        assert call("copy", **one, mode="preserve")["mode"] == "0755"
        assert not call("copy", **one, mode="preserve")["changed"]


class TestFile:
    def test_directory(self, call: Any, tmp_path: Path) -> None:
        path = tmp_path / "a" / "b"
        assert call("file", path=str(path), state="directory", check=True)["changed"]
        assert not path.exists()
        made = call("file", path=str(path), state="directory", mode="0750", diff=True)
        assert made["changed"] and made["state"] == "directory" and made["mode"] == "0750"
        assert '"absent"' in made["diff"]["before"]
        assert mode_of(path.parent) == 0o750
        assert not call("file", path=str(path), state="directory", mode="0750")["changed"]
        path.with_name("f").write_text("")
        assert call("file", path=str(path.with_name("f")), state="directory")["failed"]

    def test_recurse(self, call: Any, tmp_path: Path) -> None:
        inner = tmp_path / "d" / "x" / "f"
        inner.parent.mkdir(parents=True)
        inner.write_text("")
        inner.chmod(0o644)
        args = {"path": str(tmp_path / "d"), "recurse": True, "mode": "u=rwX,go="}
        assert call("file", **args)["changed"]
        assert mode_of(inner) == 0o600 and mode_of(inner.parent) == 0o700
        assert not call("file", **args)["changed"]

    def test_absent(self, call: Any, tmp_path: Path) -> None:
        (tmp_path / "d" / "e").mkdir(parents=True)
        outside = tmp_path / "keep"
        outside.mkdir()
        (tmp_path / "d" / "link").symlink_to(outside)
        assert call("file", path=str(tmp_path / "d"), state="absent")["state"] == "absent"
        assert outside.is_dir()
        assert not call("file", path=str(tmp_path / "d"), state="absent")["changed"]

    def test_links(self, call: Any, tmp_path: Path) -> None:
        target, link = tmp_path / "t", tmp_path / "l"
        refused = call("file", src=str(target), dest=str(link), state="link")
        assert refused["failed"] and "does not exist" in refused["msg"]
        assert call("file", src=str(target), dest=str(link), state="link", force=True)["changed"]
        assert link.readlink() == target
        assert not call("file", src=str(target), dest=str(link), state="link", force=True)[
            "changed"
        ]
        target.write_text("")
        assert call("file", src="t", dest=str(link), state="link")["changed"]
        assert str(link.readlink()) == "t"
        hard = tmp_path / "h"
        assert call("file", src=str(target), dest=str(hard), state="hard")["changed"]
        assert hard.samefile(target)
        assert not call("file", src=str(target), dest=str(hard), state="hard")["changed"]

    def test_touch(self, call: Any, tmp_path: Path) -> None:
        path = tmp_path / "f"
        assert call("file", path=str(path), state="touch", mode="0600")["mode"] == "0600"
        assert call("file", path=str(path), state="touch")["changed"]
        kept = {"modification_time": "preserve", "access_time": "preserve"}
        assert not call("file", path=str(path), state="touch", **kept)["changed"]
        args = {"modification_time": "202001020304.05", "access_time": "preserve"}
        assert call("file", path=str(path), state="touch", **args)["changed"]
        assert not call("file", path=str(path), state="touch", **args)["changed"]

    def test_file_must_exist(self, call: Any, tmp_path: Path) -> None:
        result = call("file", path=str(tmp_path / "f"), mode="0600")
        assert result["failed"] and "absent" in result["msg"]


def test_stat(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    assert call("stat", path=str(path)) == {"changed": False, "stat": {"exists": False}}
    path.write_bytes(b"hello")
    path.chmod(0o640)
    found = call("stat", path=str(path), checksum_algorithm="sha256")["stat"]
    assert found["checksum"] == hashlib.sha256(b"hello").hexdigest()
    assert (found["mode"], found["size"], found["isreg"], found["rgrp"]) == ("0640", 5, True, True)
    link = tmp_path / "l"
    link.symlink_to("f")
    found = call("stat", path=str(link))["stat"]
    assert found["islnk"] and found["lnk_source"] == str(path) and found["lnk_target"] == "f"
    assert call("stat", path=str(link), follow=True)["stat"]["isreg"]


def test_slurp(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    path.write_bytes(b"\0\xff")
    assert base64.b64decode(call("slurp", src=str(path))["content"]) == b"\0\xff"
    raw = call("slurp", src=str(path), as_blob=True)
    assert raw["blob"] == b"\0\xff" and raw["checksum"] == sha1(b"\0\xff")
    assert call("slurp", src=str(tmp_path))["failed"]
    assert "No such file" in call("slurp", src=str(tmp_path / "none"))["msg"]


def test_tempfile(call: Any, tmp_path: Path) -> None:
    made = call("tempfile", path=str(tmp_path), suffix=".x")
    assert made["path"].endswith(".x") and made["mode"] == "0600"
    assert call("tempfile", path=str(tmp_path), state="directory")["mode"] == "0700"

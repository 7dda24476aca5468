"""unarchive: idempotent, and never out of its directory."""

from __future__ import annotations

import io
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

TIME = 1_600_000_000


def tar(entries: list[tuple[str, Any]], mode: str = "w:gz") -> bytes:
    """An archive of (name, content or TarInfo changes)."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode=mode) as archive:  # type: ignore[call-overload]
        for name, what in entries:
            info = tarfile.TarInfo(name)
            info.mtime = TIME
            info.mode = 0o644
            content = b""
            if isinstance(what, bytes):
                content = what
                info.size = len(content)
            else:
                for key, value in what.items():
                    setattr(info, key, value)
            archive.addfile(info, io.BytesIO(content))
    return out.getvalue()


GOOD = [
    ("top", {"type": tarfile.DIRTYPE, "mode": 0o755}),
    ("top/bin", {"type": tarfile.DIRTYPE, "mode": 0o755}),
    ("top/bin/run", {"mode": 0o755}),
    ("top/read.me", b"hello"),
    ("top/link", {"type": tarfile.SYMTYPE, "linkname": "read.me"}),
    ("top/hard", {"type": tarfile.LNKTYPE, "linkname": "top/read.me"}),
]


def unpack(call: Any, dest: Path, data: bytes, **args: Any) -> Any:
    return call("unarchive", src="a.tgz", dest=str(dest), blob=data, content_follows=True, **args)


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
def test_tar(call: Any, tmp_path: Path, mode: str) -> None:
    data = tar(GOOD, mode)
    assert unpack(call, tmp_path, data, check=True)["changed"]
    assert list(tmp_path.iterdir()) == []
    made = unpack(call, tmp_path, data, list_files=True)
    assert made["changed"]
    assert [name.rstrip("/") for name in made["files"]] == [name for name, _ in GOOD]
    assert made["files"][0] == "top/" and made["handler"].endswith("Archive")
    top = tmp_path / "top"
    assert (top / "read.me").read_text() == "hello"
    assert (top / "bin" / "run").stat().st_mode & 0o777 == 0o755
    assert str((top / "link").readlink()) == "read.me"
    assert (top / "hard").samefile(top / "read.me")
    assert not unpack(call, tmp_path, data)["changed"]
    (top / "read.me").write_text("HELLO")
    assert unpack(call, tmp_path, data)["changed"]
    assert (top / "read.me").read_text() == "hello"


def test_zip(call: Any, tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        info = zipfile.ZipInfo("d/run", (2021, 1, 2, 3, 4, 6))
        info.external_attr = 0o100755 << 16
        archive.writestr(info, "x")
    assert unpack(call, tmp_path, out.getvalue())["changed"]
    assert (tmp_path / "d" / "run").stat().st_mode & 0o777 == 0o755
    assert not unpack(call, tmp_path, out.getvalue())["changed"]


def test_choosing(call: Any, tmp_path: Path) -> None:
    data = tar(GOOD)
    unpack(call, tmp_path, data, include=["top/bin"], extra_opts=["--strip-components=1"])
    assert [path.name for path in tmp_path.iterdir()] == ["bin"]
    unpack(call, tmp_path, data, exclude=["*/bin", "*link", "*hard"], mode="0600")
    assert sorted(path.name for path in (tmp_path / "top").iterdir()) == ["read.me"]
    assert (tmp_path / "top" / "read.me").stat().st_mode & 0o777 == 0o600
    refused = unpack(call, tmp_path, data, extra_opts=["--transform=s/a/b/"])
    assert refused["failed"] and "--transform" in refused["msg"]
    assert "matches include" in unpack(call, tmp_path, data, include=["nothing"])["msg"]


def test_only_asks_for_what_it_needs(call: Any, tmp_path: Path) -> None:
    args = {"src": "a.tgz", "dest": str(tmp_path)}
    assert call("unarchive", **args)["need_content"]
    (tmp_path / "there").mkdir()
    skipped = call("unarchive", creates=str(tmp_path / "there"), **args)
    assert not skipped["changed"] and "need_content" not in skipped


def test_from_the_node(call: Any, tmp_path: Path) -> None:
    archive = tmp_path / "a.tgz"
    archive.write_bytes(tar(GOOD))
    dest = tmp_path / "dest"
    args = {"src": str(archive), "dest": str(dest), "remote_src": True}
    assert "no directory" in call("unarchive", **args)["msg"]
    dest.mkdir()
    assert call("unarchive", **args)["changed"]
    assert not call("unarchive", **args)["changed"]
    assert "does not exist" in call("unarchive", **{**args, "src": "/no/such"})["msg"]


@pytest.mark.parametrize(
    "entries",
    [
        [("../evil", b"x")],
        [("a/../../evil", b"x")],
        [("out", {"type": tarfile.SYMTYPE, "linkname": ".."}), ("out/evil", b"x")],
        [("hard", {"type": tarfile.LNKTYPE, "linkname": "../secret"})],
        [
            ("out", {"type": tarfile.SYMTYPE, "linkname": "../secret"}),
            ("hard", {"type": tarfile.LNKTYPE, "linkname": "out"}),
        ],
        [("fifo", {"type": tarfile.FIFOTYPE})],
    ],
)
def test_nothing_leaves_dest(call: Any, tmp_path: Path, entries: Any) -> None:
    (tmp_path / "secret").write_text("keep")
    dest = tmp_path / "dest"
    dest.mkdir()
    result = unpack(call, dest, tar(entries))
    assert result["failed"] and "not safe" in result["msg"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dest", "secret"]


def test_absolute_names_stay_inside(call: Any, tmp_path: Path) -> None:
    assert unpack(call, tmp_path, tar([("/etc/x", b"1")]))["changed"]
    assert (tmp_path / "etc" / "x").read_text() == "1"


def test_damage_is_named(call: Any, tmp_path: Path) -> None:
    assert "cannot be unpacked" in unpack(call, tmp_path, b"not an archive")["msg"]
    cut = tar([("f", bytes(range(256)) * 4000)])[:-500]
    assert unpack(call, tmp_path, cut)["failed"]

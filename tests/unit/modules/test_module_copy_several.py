"""copy: small files of a folder, whose contents come together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.modules.conftest import Call

CONTENT = {"a": b"one", "b": b"", "c": b"three"}


def copy(call: Call, folder: Path, contents: dict[str, bytes], **more: Any) -> dict[str, Any]:
    files = [
        {
            "dest": str(folder / name),
            "original_basename": name,
            "size": len(content),
            "checksum": hashlib.sha1(content).hexdigest(),
        }
        for name, content in contents.items()
    ]
    given = {"dest": str(folder), "mode": "0644", "content_follows": True, **more}
    return call("copy", files=files, blob=b"".join(contents.values()), **given)


def names(result: dict[str, Any]) -> list[str]:
    return [Path(each["dest"]).name for each in result["files"]]


def test_only_what_changed_is_told(call: Call, tmp_path: Path) -> None:
    assert names(copy(call, tmp_path, CONTENT)) == ["a", "b", "c"]
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == CONTENT
    again = copy(call, tmp_path, CONTENT)
    assert again == {"changed": False, "files": []}


def link(path: Path) -> None:
    path.rename(path.with_name("elsewhere"))
    path.symlink_to("elsewhere")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.chmod(0o600),
        lambda path: path.write_bytes(b"eno"),
        lambda path: path.write_bytes(b"one and more"),
        lambda path: path.unlink(),
        link,
    ],
    ids=["mode", "as many bytes", "more bytes", "gone", "link"],
)
def test_what_differs_is_mended(
    call: Call, tmp_path: Path, spoil: Callable[[Path], object]
) -> None:
    copy(call, tmp_path, CONTENT)
    spoil(tmp_path / "a")
    assert names(copy(call, tmp_path, CONTENT)) == ["a"]
    assert (tmp_path / "a").read_bytes() == b"one"
    assert (tmp_path / "a").lstat().st_mode & 0o170777 == 0o100644


def test_without_force_other_content_and_mode_stay(call: Call, tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"mine")
    (tmp_path / "a").chmod(0o600)
    (tmp_path / "c").write_bytes(b"three")
    (tmp_path / "c").chmod(0o600)
    assert names(copy(call, tmp_path, CONTENT, force=False)) == ["b"]
    assert (tmp_path / "a").read_bytes() == b"mine"
    assert [(tmp_path / name).stat().st_mode & 0o777 for name in "ac"] == [0o600, 0o600]


def test_the_first_failure_ends_it_and_is_the_call_s(call: Call, tmp_path: Path) -> None:
    (tmp_path / "b" / "b").mkdir(parents=True)
    result = copy(call, tmp_path, CONTENT)
    assert result["failed"] is True
    assert [bool(each.get("failed")) for each in result["files"]] == [False, True]
    assert not (tmp_path / "c").exists()


def test_an_owner_that_does_not_exist_fails(call: Call, tmp_path: Path) -> None:
    copy(call, tmp_path, CONTENT)
    result = copy(call, tmp_path, CONTENT, owner="nobody-of-this-name")
    assert result["failed"] is True
    assert "nobody-of-this-name" in result["files"][0]["msg"]

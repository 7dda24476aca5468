"""git, with repositories on this machine."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest


def git(folder: Path, *words: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=n@localhost"]
    done = subprocess.run(
        ["git", *identity, *words], cwd=folder, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def commit(folder: Path, text: str) -> str:
    (folder / "f").write_text(text)
    git(folder, "add", "f")
    git(folder, "commit", "-qm", text)
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    git(folder, "init", "-qb", "main", ".")
    commit(folder, "one")
    git(folder, "tag", "v1")
    commit(folder, "two")
    return folder


def test_clone_follow_and_pin(call: Any, source: Path, tmp_path: Path) -> None:
    dest = tmp_path / "a" / "b"
    args = {"repo": str(source), "dest": str(dest)}
    head = git(source, "rev-parse", "HEAD")
    looked = call("git", check=True, **args)
    assert looked["changed"] and looked["after"] == head and not dest.exists()
    made = call("git", **args)
    assert made["changed"] and made["before"] is None and made["after"] == head
    assert not call("git", **args)["changed"]
    newer = commit(source, "three")
    assert call("git", check=True, **args)["after"] == newer
    assert not call("git", update=False, **args)["changed"]
    assert call("git", **args)["after"] == newer and (dest / "f").read_text() == "three"
    assert call("git", version="v1", **args)["changed"] and (dest / "f").read_text() == "one"
    assert not call("git", version=git(source, "rev-parse", "v1"), **args)["changed"]


def test_local_changes(call: Any, source: Path, tmp_path: Path) -> None:
    args = {"repo": str(source), "dest": str(tmp_path / "c")}
    call("git", **args)
    (tmp_path / "c" / "f").write_text("mine")
    refused = call("git", **args)
    assert refused["failed"] and "Local modifications" in refused["msg"]
    assert call("git", force=True, **args)["changed"]
    assert (tmp_path / "c" / "f").read_text() == "two"
    full = tmp_path / "full"
    full.mkdir()
    (full / "x").write_text("")
    assert "not empty" in call("git", repo=str(source), dest=str(full))["msg"]


def test_shallow_bare_and_moved(call: Any, source: Path, tmp_path: Path) -> None:
    shallow = {"repo": f"file://{source}", "dest": str(tmp_path / "s"), "depth": 1}
    call("git", version="v1", **shallow)
    assert git(tmp_path / "s", "log", "--oneline").count("\n") == 0
    assert call("git", version="main", **shallow)["changed"]
    assert git(tmp_path / "s", "rev-parse", "--is-shallow-repository") == "true"
    bare = {"repo": str(source), "dest": str(tmp_path / "b"), "bare": True}
    assert call("git", **bare)["changed"] and not call("git", **bare)["changed"]
    commit(source, "four")
    assert call("git", **bare)["changed"]
    moved = {"repo": str(source), "dest": str(tmp_path / "m")}
    call("git", **moved)
    result = call("git", separate_git_dir=str(tmp_path / "m.git"), **moved)
    assert result["git_dir_now"] == str(tmp_path / "m.git") and (tmp_path / "m" / ".git").is_file()
    assert not call("git", separate_git_dir=str(tmp_path / "m.git"), **moved)["changed"]


def test_submodules(
    call: Any, source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "protocol.file.allow")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", "always")
    outer = tmp_path / "outer"
    outer.mkdir()
    git(outer, "init", "-qb", "main", ".")
    git(outer, "submodule", "add", "-q", str(source), "inner")
    commit(outer, "with")
    args = {"repo": str(outer), "dest": str(tmp_path / "o")}
    call("git", **args)
    assert (tmp_path / "o" / "inner" / "f").read_text() == "two"
    assert not call("git", **args)["changed"]
    commit(source, "newer")
    assert not call("git", **args)["changed"]
    assert call("git", track_submodules=True, **args)["changed"]
    assert (tmp_path / "o" / "inner" / "f").read_text() == "newer"


def test_archive(call: Any, source: Path, tmp_path: Path) -> None:
    args = {"repo": str(source), "dest": str(tmp_path / "c"), "archive": str(tmp_path / "x.tgz")}
    assert call("git", **args)["changed"] and not call("git", **args)["changed"]
    commit(source, "again")
    assert call("git", **args)["changed"]
    refused = call("git", **{**args, "archive": str(tmp_path / "x.rar")})
    assert refused["failed"] and ".zip" in refused["msg"]


def test_errors_say_what_git_said(call: Any, source: Path, tmp_path: Path) -> None:
    wrong = call("git", repo=str(source), dest=str(tmp_path / "w"), version="nowhere")
    assert wrong["failed"] and "nowhere" in wrong["msg"]
    none = call("git", repo=str(tmp_path / "none"), dest=str(tmp_path / "n"))
    assert "does not exist" in none["msg"]
    unsigned = call("git", repo=str(source), dest=str(tmp_path / "u"), verify_commit=True)
    assert "signature" in unsigned["msg"]

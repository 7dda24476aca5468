"""chattr's flags and SELinux contexts, as file-like modules share them."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from provision.agent import chattr, permissions, selinux
from provision.agent.task import ModuleFailed


@pytest.mark.parametrize(
    ("text", "expected"),
    [("+i", "eAi"), ("+A", "eA"), ("-A", "e"), ("-i", "eA"), ("=i", "i"), ("i", "i"), ("=", "")],
)
def test_flags_wanted(text: str, expected: str) -> None:
    assert chattr.wanted(text, "eA") == expected


def test_flags_that_are_none() -> None:
    with pytest.raises(ModuleFailed, match="chattr"):
        chattr.wanted("+1", "")


def test_flags_are_set_when_they_differ(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flags = {"now": "e"}
    monkeypatch.setattr(chattr, "flags_of", lambda path: flags["now"])
    monkeypatch.setattr(
        chattr, "change", lambda path, text: flags.update(now=chattr.wanted(text, flags["now"]))
    )
    args = {"path": str(tmp_path / "f"), "state": "touch", "modification_time": "preserve"}
    call("file", access_time="preserve", **args)
    looked = call("file", attributes="+a", access_time="preserve", check=True, **args)
    assert looked["changed"] and flags["now"] == "e"
    assert call("file", attr="+a", access_time="preserve", **args)["changed"]
    assert flags["now"] == "ea"
    assert not call("file", attributes="+a", access_time="preserve", **args)["changed"]


@pytest.fixture
def contexts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, bytes]:
    """A machine with SELinux: path -> context."""
    known: dict[str, bytes] = {}
    enforce = tmp_path / "enforce"
    enforce.write_text("1")
    monkeypatch.setattr(selinux, "ENABLED", str(enforce))

    def get(path: str, name: str, *, follow_symlinks: bool = True) -> bytes:
        assert name == "security.selinux"
        return known.get(os.fspath(path), b"system_u:object_r:tmp_t:s0\0")

    def put(path: str, name: str, value: bytes, *, follow_symlinks: bool = True) -> None:
        known[os.fspath(path)] = value

    monkeypatch.setattr(os, "getxattr", get)
    monkeypatch.setattr(os, "setxattr", put)
    return known


def test_context(call: Any, tmp_path: Path, contexts: dict[str, bytes]) -> None:
    path = tmp_path / "f"
    path.write_text("x")
    args = {"path": str(path), "setype": "etc_t"}
    assert call("file", check=True, **args)["changed"] and not contexts
    made = call("file", diff=True, **args)
    assert made["changed"] and made["secontext"] == "system_u:object_r:etc_t:s0"
    assert "etc_t" in made["diff"]["after"]
    assert not call("file", **args)["changed"]
    # A file that is written anew keeps it.
    call("lineinfile", path=str(path), line="y", seuser="user_u", selevel="s0:c1")
    assert contexts[str(path)] == b"user_u:object_r:etc_t:s0:c1\0"


def test_context_of_the_policy(
    call: Any, tmp_path: Path, contexts: dict[str, bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "matchpathcon"
    program.write_text("#!/bin/sh\necho system_u:object_r:var_t:s0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    call("file", path=str(tmp_path), setype="_default")
    assert contexts[str(tmp_path)] == b"system_u:object_r:var_t:s0\0"
    program.write_text("#!/bin/sh\nexit 1\n")
    assert "matchpathcon" in call("file", path=str(tmp_path), setype="_default")["msg"]


def test_contexts_mean_nothing_without_selinux(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selinux, "ENABLED", str(tmp_path / "none"))
    result = call("file", path=str(tmp_path), setype="etc_t")
    assert not result["changed"] and "secontext" not in result
    assert not permissions.apply(str(tmp_path), {"setype": "etc_t"}, check=False).changed

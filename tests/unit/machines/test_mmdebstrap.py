"""What is made of mmdebstrap's output, whatever comes of it: a script stands for it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provision.errors import MachineError
from provision.machines.debian_sources import Mirror
from provision.machines.mmdebstrap import hand_over_root
from provision.resources import resource

MIRROR = Mirror(("deb http://mirror.example/debian bookworm main",), None)


class Taker:
    """Reads a tar and remembers what it was told to discard."""

    def __init__(self) -> None:
        self.discarded: list[bytes] = []
        self.said: list[str] = []

    def take(self, chunks: Iterator[bytes]) -> bytes:
        return b"".join(chunks)

    def refuse(self, chunks: Iterator[bytes]) -> bytes:
        raise MachineError(f"no tar: {b''.join(chunks)!r}")

    def say(self, machine: str, line: str) -> None:
        self.said.append(line)

    def run(self, *, refusing: bool = False) -> bytes:
        return hand_over_root(
            "bookworm",
            resource("images", "node"),
            MIRROR,
            self.say,
            take=self.refuse if refusing else self.take,
            discard=self.discarded.append,
        )


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    made = tmp_path / "mmdebstrap"
    made.touch(mode=0o755)
    return made


def test_the_tar_is_handed_over_and_the_steps_are_said(script: Path) -> None:
    script.write_text("#!/bin/sh\necho 'I: installing essential packages...' >&2\nprintf tar\n")
    taker = Taker()
    assert taker.run() == b"tar"
    assert taker.said == ["node image: installing essential packages"]
    assert taker.discarded == []


def test_what_was_made_of_half_a_root_is_discarded(script: Path) -> None:
    script.write_text("#!/bin/sh\nprintf half\necho 'E: no space left' >&2\nexit 7\n")
    taker = Taker()
    with pytest.raises(MachineError, match="exit code 7") as failed:
        taker.run()
    assert "E: no space left" in (failed.value.hint or "")
    assert taker.discarded == [b"half"]


def test_mmdebstraps_failure_says_more_than_the_refusal_of_its_tar(script: Path) -> None:
    script.write_text("#!/bin/sh\nprintf half\nexit 7\n")
    with pytest.raises(MachineError, match="exit code 7"):
        Taker().run(refusing=True)
    script.write_text("#!/bin/sh\nprintf whole\n")
    with pytest.raises(MachineError, match="no tar: b'whole'"):
        Taker().run(refusing=True)

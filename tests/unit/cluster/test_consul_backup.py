"""A snapshot that arrives cut short is taken again."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any, cast

import pytest

from provision.cluster.cluster import Cluster
from provision.cluster.consul import backup
from provision.errors import MachineError

CLUSTER = cast(Cluster, object())


def servers_that_send(monkeypatch: pytest.MonkeyPatch, *sent: bytes) -> list[bytes]:
    """Have the servers send these, one after the other; what they have sent so far."""
    taken: list[bytes] = []

    def run(
        cluster: Any, node: Any, script: str, stdin: bytes, *, out: IO[bytes] | None = None
    ) -> bytes:
        if out is not None:
            taken.append(sent[len(taken)])
            out.write(taken[-1])
        elif stdin != b"whole":
            raise MachineError("unexpected EOF")
        return b"ID 2-100"

    monkeypatch.setattr(backup, "_run", run)
    monkeypatch.setattr(backup, "_who", lambda cluster: b"\n")
    monkeypatch.setattr(backup, "find", lambda cluster, name: None)
    return taken


def test_the_next_take_may_be_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = servers_that_send(monkeypatch, b"who", b"", b"whole")
    assert backup.save(CLUSTER, tmp_path / "snap") == "ID 2-100"
    assert (tmp_path / "snap").read_bytes() == b"whole"
    assert len(taken) == 3


def test_none_is_kept_that_is_not_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "snap").write_bytes(b"of before")
    servers_that_send(monkeypatch, b"who", b"who", b"who")
    with pytest.raises(MachineError, match="unexpected EOF"):
        backup.save(CLUSTER, tmp_path / "snap")
    assert (tmp_path / "snap").read_bytes() == b"of before"

"""What cannot be undone is not done where nobody could be asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.cli.app import run
from provision.cluster.down import down
from provision.errors import UsageError
from provision.machines.store import ClusterStore


def test_without_a_terminal_consent_is_an_option(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROVISION_DIR", str(tmp_path))
    assert run(["machine", "rm", "lab-node-1"]) == 2
    said = capsys.readouterr().err
    assert "nothing was done" in said
    assert "-y removes them" in said


def test_an_imported_cluster_is_not_forgotten_without_consent(tmp_path: Path) -> None:
    store = ClusterStore(tmp_path, "lab")
    store.imported.parent.mkdir(parents=True)
    store.imported.touch()

    def refuse(question: str) -> None:
        assert question == "Forget the imported cluster 'lab'?"
        raise UsageError("nothing was done")

    with pytest.raises(UsageError, match="nothing was done"):
        down(tmp_path, "lab", accept=refuse, say=lambda machine, what: None)
    assert store.imported.exists()
    down(tmp_path, "lab", say=lambda machine, what: None)
    assert not store.imported.exists()

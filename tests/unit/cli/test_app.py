"""Bad input is refused before anything is touched, with what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.cli.app import run
from provision.cli.variables import parse_extra_vars
from provision.errors import DataError, UsageError


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROVISION_DIR", raising=False)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["upp"], "did you mean 'up'"),
        (["up", "--nodes", "0"], "--nodes 1"),
        (["up", "--managers", "2"], "odd"),
        (["up", "--memory", "10"], "--memory 512"),
        (["up", "--driver", "dokcer"], "did you mean 'docker'"),
        (["up", "--nodes", "many"], "not a valid integer"),
        (["--cluster", "Not_A_Name!", "up"], "Not_A_Name!"),
        (["bootstrap"], "provision up"),
        (["bootstrap", "nomad"], "consul"),
        (["verify"], "provision up"),
        (["ssh", "node-1"], "provision machine create"),
        (["doc", "coppy"], "did you mean"),
        (["play", "site.yml"], "site.yml"),
        (["inventory", "-i", "nowhere.yml"], "nowhere.yml"),
    ],
)
def test_bad_input_is_refused_with_a_hint(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    assert run(arguments) != 0
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not list(empty_folder.glob(".provision/clusters/*/state.json"))


def test_extra_vars_in_all_their_forms(empty_folder: Path) -> None:
    (empty_folder / "v.yml").write_text("from_file: [1, 2]\n")
    found = parse_extra_vars(("a=1 b='x y'", '{"n": 2}', "@v.yml", "k: v", "a=2"))
    assert found == {"a": "2", "b": "x y", "n": 2, "from_file": [1, 2], "k": "v"}


@pytest.mark.parametrize("value", ["novalue", "[1]", "{bad", "a='x"])
def test_bad_extra_vars_are_refused(value: str) -> None:
    with pytest.raises(UsageError):
        parse_extra_vars((value,))


def test_missing_extra_vars_file_is_named() -> None:
    with pytest.raises(DataError, match="cannot read"):
        parse_extra_vars(("@gone.yml",))


def test_hints_name_the_cluster_that_was_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--cluster", "other", "bootstrap"])
    assert "`provision --cluster other up`" in capsys.readouterr().err
    run(["bootstrap"])
    assert "`provision up`" in capsys.readouterr().err

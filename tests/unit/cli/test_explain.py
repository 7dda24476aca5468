"""provision explain: each level with its place, whatever the value's type."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.cli.app import run


def test_levels_and_places(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("inv/group_vars").mkdir(parents=True)
    Path("inv/hosts").write_text("[web]\na port=1\n")
    Path("inv/group_vars/web.yml").write_text("---\nport: 2\n")
    Path("site.yml").write_text("- hosts: web\n  vars:\n    port: 3\n  tasks: []\n")
    arguments = ["explain", "a", "port", "-i", "inv/hosts", "-p", "site.yml", "-e", "port=4"]
    assert run(arguments) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "the command line (-e) counts."
    places = [line.split("  ")[-1] for line in lines if line[:1].isdigit()]
    assert [place.split("/")[-1] for place in places[:3]] == [
        "web.yml:2:1",
        "hosts:2:1",
        "site.yml:3:5",
    ]
    assert run(["explain", "a", "prot", "-i", "inv/hosts"]) == 2
    assert "did you mean 'port'?" in capsys.readouterr().err


def test_a_role_of_several_plays_is_told_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("roles/web/defaults").mkdir(parents=True)
    Path("roles/web/defaults/main.yml").write_text("port: 1\n")
    Path("site.yml").write_text("- hosts: all\n  roles: [web]\n" * 2)
    assert run(["explain", "a", "port", "-i", "a,", "-p", "site.yml"]) == 0
    said = capsys.readouterr().out
    assert said.count("role web: defaults") == 1
    assert "counts" not in said

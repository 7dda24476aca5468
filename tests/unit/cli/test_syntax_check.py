"""provision play --syntax-check: one pass finds all that needs no host."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.cli.app import run


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    return tmp_path


def _write(files: dict[str, str]) -> None:
    for name, text in files.items():
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_all_files_and_all_mistakes_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    _write(
        {
            "one.yml": "- hosts: all\n"
            "  tasks:\n"
            "    - debgu:\n"
            "    - include_tasks: more.yml\n"
            "    - include_role: {name: r, tasks_from: other}\n"
            "    - include_tasks: absent.yml\n",
            "two.yml": "- hosts: all\n  strategy: unheard_of\n  tasks: [{ping: {}}]\n",
            "more.yml": "- include_tasks: deeper.yml\n- copy: {dest: /x, mdoe: '0644'}\n",
            "deeper.yml": "- include_tasks: more.yml\n- debug: {msg: '{{ 1 | nofilter }}'}\n",
            "roles/r/tasks/other.yml": "- file: {path: /x, state: drectory}\n",
        }
    )
    assert run(["play", "--syntax-check", "one.yml", "two.yml"]) == 5
    said = capsys.readouterr().err
    for place in (
        "one.yml:3",
        "one.yml:6",
        "two.yml:",
        "more.yml:2",
        "deeper.yml:2",
        "other.yml:1",
    ):
        assert said.count(place) == 1, said


def test_what_a_condition_may_keep_away_is_no_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    _write(
        {
            "site.yml": "- hosts: all\n"
            "  tasks:\n"
            "    - include_tasks: red_hat.yml\n"
            "      when: ansible_facts.os_family == 'RedHat'\n"
            "    - include_tasks: absent.yml\n"
            "      when: special\n"
            "    - include_role: {name: absent}\n"
            "      when: special\n"
            "    - include_tasks: '{{ which }}.yml'\n",
            "red_hat.yml": "- mysql_db: {name: x}\n",
        }
    )
    assert run(["play", "--syntax-check", "site.yml"]) == 0, capsys.readouterr().err

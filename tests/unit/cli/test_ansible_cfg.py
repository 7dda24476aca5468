"""ansible.cfg and Ansible's environment variables."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.cli import ansible_cfg
from provision.cli.ansible_cfg import read_settings
from provision.cli.ansible_settings import SETTINGS
from provision.errors import ProvisionError, UsageError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    project = tmp_path / "project"
    project.mkdir()
    monkeypatch.chdir(project)
    monkeypatch.setenv("HOME", str(tmp_path))
    return project


def test_what_it_says_counts_relative_to_its_folder(home: Path) -> None:
    (home / "ansible.cfg").write_text(
        "[defaults]\n"
        "inventory = hosts.ini ; beside it\n"
        "roles_path = ./roles:~/more\n"
        "forks = 7\n"
        "host_key_checking = False\n"
        "private_key_file = keys/one\n"
        "stdout_callback = yaml\n"
        "[privilege_escalation]\n"
        "become = yes\n"
        "[ssh_connection]\n"
        "ssh_args = -o ProxyJump=bastion\n"
        "pipelining = True\n"
    )
    (home / "hosts.ini").write_text("")
    found = read_settings({})
    assert found.get("inventory") == (str(home / "hosts.ini"),)
    assert found.roles_path == (home / "roles", home.parent / "more")
    assert found.get("private_key") == str(home / "keys" / "one")
    assert (found.get("forks"), found.get("host_key_checking"), found.get("become")) == (
        7,
        False,
        True,
    )
    assert found.ssh_arguments == {"ansible_ssh_args": "-o ProxyJump=bastion"}
    assert found.unused == []


def test_variables_beat_the_file_and_the_command_line_both(home: Path) -> None:
    (home / "ansible.cfg").write_text("[defaults]\nremote_user = file\nforks = 7\n")
    found = read_settings({"ANSIBLE_REMOTE_USER": "variable", "ANSIBLE_FORKS": "9"})
    names = ("user", "private_key", "forks", "become_user", "become_method")
    chosen = {**dict.fromkeys(names), "become": False, "ask_become_pass": False}
    found.fill(chosen)
    assert (chosen["user"], chosen["forks"]) == ("variable", 9)
    chosen["user"] = "option"
    found.fill(chosen)
    assert chosen["user"] == "option"


def test_the_file_that_counts(home: Path) -> None:
    (home.parent / ".ansible.cfg").write_text("[defaults]\nforks = 2\n")
    assert read_settings({}).get("forks") == 2
    (home / "ansible.cfg").write_text("[defaults]\nforks = 3\n")
    assert read_settings({}).get("forks") == 3
    other = home.parent / "other.cfg"
    other.write_text("[defaults]\nforks = 4\n")
    assert read_settings({"ANSIBLE_CONFIG": str(other)}).get("forks") == 4


def test_a_folder_that_everybody_writes_in_is_not_trusted(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "ansible.cfg").write_text("[defaults]\nforks = 3\n")
    home.chmod(0o777)
    assert read_settings({}).file is None
    assert "everybody can write" in capsys.readouterr().err


def test_settings_without_effect_are_said(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "ansible.cfg").write_text(
        "[defaults]\nhash_behaviour = merge\ninterpreter_python = auto_silent\n[diff]\nalways=1\n"
    )
    read_settings({})
    assert "has no effect here: hash_behaviour in [defaults], always in [diff]" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[defaults]\nforks = many\n", "forks: 'many' is not a positive number"),
        ("[privilege_escalation]\nbecome = perhaps\n", "become: 'perhaps' is neither"),
        ("forks = 5\n", "this is no configuration file of Ansible's"),
    ],
)
def test_nonsense_is_refused_with_its_place(home: Path, text: str, said: str) -> None:
    (home / "ansible.cfg").write_text(text)
    with pytest.raises(UsageError) as caught:
        read_settings({})
    assert said in str(caught.value)
    assert "ansible.cfg" in caught.value.render()


def test_without_anything_roles_are_looked_for_where_ansible_does() -> None:
    assert [str(path) for path in read_settings({}).roles_path][1:] == [
        "/usr/share/ansible/roles",
        "/etc/ansible/roles",
    ]


@given(text=st.text())
def test_no_file_gives_a_traceback(text: str) -> None:
    path = Path("ansible.cfg")
    path.write_text(text, encoding="utf-8", errors="surrogatepass")
    try:
        read_settings({})
    except ProvisionError as error:
        assert error.render()
    finally:
        path.unlink()


def test_every_setting_is_one_that_may_stand_in_the_file() -> None:
    for setting in SETTINGS:
        assert ansible_cfg._is_known(setting.section, setting.key)

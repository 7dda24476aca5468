"""From variables to connections."""

from __future__ import annotations

import sys
from typing import Any

import pytest

from provision.engine import ssh_arguments
from provision.engine.options import RunOptions
from provision.engine.targets import resolve
from provision.errors import InventoryError, PlaybookError
from provision.playbook.model import Settings
from provision.transport.target import Become


def made(variables: dict[str, Any] | None = None, **more: Any) -> Any:
    settings = more.pop("settings", Settings())
    options = more.pop("options", RunOptions())
    return resolve("h", variables or {}, settings, options, **more)


def test_everything_an_inventory_says() -> None:
    target = made(
        {
            "ansible_host": "10.0.0.1",
            "ansible_port": "2222",
            "ansible_user": "bob",
            "ansible_ssh_private_key_file": "/k",
            "ansible_ssh_common_args": "-F /c -o StrictHostKeyChecking=no -o ProxyJump=j1,u@j2:3",
            "ansible_python_interpreter": "/py",
            "ansible_password": "pw",
        }
    ).target
    assert (target.address, target.port, target.user) == ("10.0.0.1", 2222, "bob")
    assert target.key_files == ("/k",)
    assert (target.ssh_config, target.host_key_checking) == ("/c", False)
    assert target.jump_hosts == ("j1", "u@j2:3")
    assert (target.python, target.password) == ("/py", "pw")
    assert "pw" not in repr(target)


def test_variables_beat_keywords_and_keywords_the_command_line() -> None:
    options = RunOptions(remote_user="cli", become=True, become_user="cli")
    assert made(options=options).target.user == "cli"
    settings = Settings(remote_user="key", become_user="key")
    assert made(settings=settings, options=options).target.user == "key"
    found = made(
        {"ansible_user": "var", "ansible_become_user": "var"}, settings=settings, options=options
    )
    assert (found.target.user, found.become) == ("var", Become("var"))


def test_ansible_become_beats_become() -> None:
    assert made({"ansible_become": False}, settings=Settings(become=True)).become is None
    assert made({"ansible_become": "yes"}).become == Become("root", "sudo")
    settings = Settings(become=True, become_method="su", become_user="app")
    assert made(settings=settings).become == Become("app", "su")


def test_local_connections() -> None:
    target = resolve("localhost", {}, Settings(), RunOptions(), implicit=True).target
    assert (target.connection, target.python) == ("local", sys.executable)
    assert resolve("localhost", {}, Settings(), RunOptions()).target.connection == "ssh"
    assert made({"ansible_connection": "local"}).target.connection == "local"


@pytest.mark.parametrize(
    ("variables", "settings", "word"),
    [
        ({"ansible_connection": "winrm"}, Settings(), "winrm"),
        ({"ansible_port": "many"}, Settings(), "port"),
        ({}, Settings(become=True, become_method="doas"), "doas"),
        ({"ansible_ssh_common_args": "-o ProxyCommand=nc"}, Settings(), "ProxyCommand"),
        ({"ansible_ssh_common_args": "-L 1:2:3"}, Settings(), "-L"),
        ({"ansible_become": "perhaps"}, Settings(), "perhaps"),
    ],
)
def test_what_makes_no_connection_is_refused_by_name(
    variables: dict[str, Any], settings: Settings, word: str
) -> None:
    with pytest.raises((InventoryError, PlaybookError), match=word):
        made(variables, settings=settings)


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("-i a -i b", "key_files", ("a", "b")),
        ("-p 22", "port", 22),
        ("-p22", "port", 22),
        ("-l me", "user", "me"),
        ("-J a,b", "jump_hosts", ("a", "b")),
        ("-o UserKnownHostsFile=/x", "known_hosts", "/x"),
        ("-oStrictHostKeyChecking=accept-new", "host_key_checking", True),
        ("-o 'ConnectTimeout 5'", "connect_timeout", 5.0),
        ("-C -q -o ControlMaster=auto -o ControlPersist=60s", "user", None),
    ],
)
def test_ssh_arguments(text: str, field: str, value: Any) -> None:
    assert getattr(ssh_arguments.parse(text, "v"), field) == value

"""Commands are found in the tables of their groups, and imported when they are used."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import click
import pytest

from provision.cli.app import cli, run
from provision.cli.lazy import LazyGroup


def _commands(group: click.Group, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        assert command is not None
        assert command.name == name
        yield (*path, name)
        if isinstance(command, click.Group):
            yield from _commands(command, (*path, name))


@pytest.mark.parametrize("path", list(_commands(cli)), ids=" ".join)
def test_every_command_has_help(path: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    assert run([*path, "--help"]) == 0
    assert "--cluster NAME" in capsys.readouterr().out


def test_help_shows_the_tables_lines_and_imports_no_command() -> None:
    script = (
        "import sys\n"
        "from provision.cli.app import run\n"
        "run(['consul', '--help'])\n"
        "print(*(m for m in sys.modules if m.startswith('provision.cli.consul.')), sep='|')\n"
        "run(['--help'])\n"
        "print('provision.cli.play' in sys.modules)\n"
    )
    said = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, text=True
    ).stdout
    assert "Take a snapshot of Consul's state.\n" in said
    assert "provision.cli.consul." not in said
    assert said.endswith("False\n")


def test_a_name_that_is_nearly_right_gets_a_hint() -> None:
    group = LazyGroup("tools", package="nowhere", table={"saw": ("saw:saw", "Saw wood.")})
    with pytest.raises(click.UsageError, match=r"no such command 'sow'; did you mean 'saw'\?"):
        group.resolve_command(click.Context(group, info_name="tools"), ["sow"])

"""Every `provision` command line in the docs is one that the command line accepts."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import click
import pytest

from provision.cli.app import cli

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def command_lines(page: Path) -> list[str]:
    found = []
    for line in page.read_text(encoding="utf-8").splitlines():
        if match := re.match(r"^(?:    |\$ )(provision (?!\w+: )[^|<]*)$", line):
            found.append(match[1].split("  #")[0].split("     #")[0])
    return found


CASES = [(page.name, line) for page in PAGES for line in command_lines(page)]


def test_docs_contain_commands() -> None:
    assert len(CASES) > 20


@pytest.mark.parametrize(("page", "line"), CASES)
def test_documented_command_parses(page: str, line: str) -> None:
    _parse(cli, "provision", shlex.split(line, comments=True)[1:], None)


def _parse(
    command: click.Command, name: str, words: list[str], above: click.Context | None
) -> None:
    try:
        context = command.make_context(name, words, parent=above)
    except click.exceptions.Exit as ended:  # --help, --version
        assert ended.exit_code == 0
        return
    except click.BadParameter as wrong:  # the reader has the files
        assert "does not exist" in wrong.message
        return
    with context:
        if isinstance(command, click.Group):
            rest = [*context._protected_args, *context.args]
            found, inner, further = command.resolve_command(context, rest)
            assert found is not None
            assert inner is not None
            _parse(inner, found, further, context)

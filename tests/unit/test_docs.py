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
    words = shlex.split(line, comments=True)[1:]
    with cli.make_context("provision", words, resilient_parsing=False) as ctx:
        name, command, rest = cli.resolve_command(ctx, [*ctx._protected_args, *ctx.args])
        assert command is not None
        try:
            command.make_context(name, list(rest), parent=ctx).close()
        except click.exceptions.Exit as ended:
            assert ended.exit_code == 0

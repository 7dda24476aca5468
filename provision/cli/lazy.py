"""A command group whose commands are imported when they are used."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Any

import click

from provision.errors import did_you_mean

Table = Mapping[str, tuple[str, str]]
"""A command's name -> ("module:attribute" where it lies, its one-line help)."""


class LazyGroup(click.Group):
    """Knows its commands' names and help without importing them.

    Parameters:
        package: the modules' package.
        table: the commands, in the order in which help shows them.
    """

    def __init__(self, *args: Any, package: str, table: Table, **options: Any) -> None:
        super().__init__(*args, **options)
        self._package = package
        self._table = table

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in self._table:
            return None
        module, _, attribute = self._table[cmd_name][0].partition(":")
        command: click.Command = getattr(
            importlib.import_module(f"{self._package}.{module}"), attribute
        )
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name not in self._table and not name.startswith("-"):
            hint = did_you_mean(name, self._table) or f"`{ctx.command_path} --help` lists them"
            path = " ".join([*ctx.command_path.split()[1:], name])
            raise click.UsageError(f"no such command '{path}'; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self._table.items()])

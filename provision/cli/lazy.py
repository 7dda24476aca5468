"""A command group whose commands are imported when they are used."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

import click

from provision.errors import did_you_mean


class LazyGroup(click.Group):
    """Knows its commands' names and help without importing them.

    Subclasses say which ``known`` commands there are, name -> (where it lies, its one-line
    help), and how to ``load`` one.
    """

    known: ClassVar[Mapping[str, tuple[str, str]]] = {}

    def load(self, name: str) -> click.Command:
        """Import one of the known commands."""
        return self.commands[name]

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self.known)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return self.load(cmd_name) if cmd_name in self.known else None

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        name = args[0] if args else ""
        if name not in self.known and not name.startswith("-"):
            hint = did_you_mean(name, self.known) or f"`{ctx.command_path} --help` lists them"
            path = " ".join([*ctx.command_path.split()[1:], name])
            raise click.UsageError(f"no such command '{path}'; {hint}", ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in self.known.items()])

"""Machines named on the command line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from provision.cli.context import settings

if TYPE_CHECKING:
    from provision.cluster.machine.found import Found

NAMES = click.argument("names", nargs=-1, metavar="[NAME]...")
NAME = click.argument("name", required=False)


def one(ctx: click.Context, name: str | None) -> Found:
    """The machine of that name; without a name the only one there is."""
    from provision.cluster.machine.found import find
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    return find(workspace(), chosen.cluster, name, only_there=chosen.named)


def several(ctx: click.Context, names: Sequence[str]) -> list[Found]:
    """The machines of those names; without names the only one there is."""
    return [one(ctx, name) for name in names] if names else [one(ctx, None)]

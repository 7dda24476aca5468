"""What the commands that change a formed Consul have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

from provision.cli.context import settings

if TYPE_CHECKING:
    from provision.cluster.consul.operation import Operation


@contextmanager
def working(ctx: click.Context) -> Iterator[Operation]:
    """An operation on the chosen cluster; the plays' own output with -v."""
    from provision.cli.console import console_for
    from provision.cluster.consul.operation import operation
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    if not chosen.verbosity:
        with operation(workspace(), chosen.cluster, say=click.echo) as work:
            yield work
        return
    with (
        console_for(chosen.verbosity, chosen.color) as console,
        operation(workspace(), chosen.cluster, say=click.echo, subscribers=[console]) as work,
    ):
        yield work

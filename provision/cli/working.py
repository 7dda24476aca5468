"""What the commands that change a formed cluster have in common."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, TypeVar

import click

from provision.cli.context import settings

if TYPE_CHECKING:
    from provision.cluster.operation import Operation

    Kind = TypeVar("Kind", bound=Operation)


@contextmanager
def working(
    ctx: click.Context, kind: type[Kind], *, complete: bool = True, exclusive: bool = True
) -> Iterator[Kind]:
    """An operation on the chosen cluster; the plays' own output with -v.

    Parameters:
        complete, exclusive: as ``Operation.on`` takes them.
    """
    from provision.cli.console import console_for
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    with ExitStack() as stack:
        shown = []
        if chosen.verbosity:
            shown.append(stack.enter_context(console_for(chosen.verbosity, chosen.color)))
        yield stack.enter_context(
            kind.on(
                workspace(),
                chosen.cluster,
                say=click.echo,
                subscribers=shown,
                complete=complete,
                exclusive=exclusive,
            )
        )

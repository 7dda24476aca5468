"""What the commands that change a formed Consul have in common."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import TYPE_CHECKING

import click

from provision.cli.working import working as working_on

if TYPE_CHECKING:
    from provision.cluster.consul.operation import Operation


def working(ctx: click.Context) -> AbstractContextManager[Operation]:
    """An operation on the chosen cluster's Consul."""
    from provision.cluster.consul.operation import Operation

    return working_on(ctx, Operation)

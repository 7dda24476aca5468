"""provision deploy: stacks on the swarm."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "stack": ("stack:stack", "Deploy a stack from compose files, and wait until it runs."),
    "example": ("example:example", "Deploy an example stack, its image included."),
    "ls": ("show:ls", "List the stacks."),
    "services": ("show:services", "List a stack's services."),
    "ps": ("show:ps", "List a stack's tasks."),
    "rm": ("remove:rm", "Remove stacks."),
}


@click.group("deploy", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """Deploy stacks of services on the swarm.

    \b
    provision deploy stack -c docker-compose.yml shop
    provision deploy ps shop
    """

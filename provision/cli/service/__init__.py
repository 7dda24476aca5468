"""provision service: what runs on the swarm."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "ls": ("show:ls", "List the services."),
    "ps": ("show:ps", "List services' tasks."),
    "inspect": ("show:inspect", "Print services as the Engine tells them."),
    "logs": ("logs:logs", "Show what a service's containers write."),
    "scale": ("change:scale", "Give services another number of tasks."),
    "update": ("update:update", "Change a service's settings."),
    "rollback": ("change:rollback", "Bring a service back to what it was before."),
    "rm": ("change:rm", "Remove services."),
}


@click.group("service", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """Look at and change the swarm's services, with the options of `docker service`.

    They are asked of a manager's Engine over TLS, or through SSH where its port has no way; no
    docker program is needed. `provision deploy stack` makes services.
    """

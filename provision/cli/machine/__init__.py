"""provision machine: docker-machine's commands."""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.lazy import LazyGroup

COMMANDS = {
    "create": ("create:create", "Create a machine with Docker, or adopt a server."),
    "ls": ("show:ls", "List machines."),
    "ssh": ("files:ssh", "Open a shell on a machine, or run a command there."),
    "scp": ("files:scp", "Copy files to, from and between machines."),
    "mount": ("files:mount", "Mount a machine's folder with sshfs."),
    "ip": ("show:ip", "Print machines' addresses."),
    "url": ("show:url", "Print the addresses of machines' Docker Engines."),
    "env": ("env:env", "Print the variables that lead docker to a machine."),
    "config": ("env:config", "Print the options that lead docker to a machine."),
    "active": ("show:active", "Print which machine docker talks to in this shell."),
    "status": ("show:status", "Print a machine's state."),
    "inspect": ("show:inspect", "Print all that is known of a machine."),
    "version": ("show:version", "Print the version of a machine's Docker."),
    "start": ("power:start", "Power machines on."),
    "stop": ("power:stop", "Power machines off."),
    "restart": ("power:restart", "Power machines off and on."),
    "kill": ("power:kill", "Power machines off at once."),
    "rm": ("power:rm", "Remove machines."),
    "provision": ("upkeep:provision", "Set machines' Docker up again."),
    "regenerate-certs": ("upkeep:regenerate_certs", "Give machines new TLS certificates."),
    "upgrade": ("upkeep:upgrade", "Upgrade machines' Docker."),
}


@click.group("machine", cls=LazyGroup, package=__name__, table=COMMANDS)
@common_options
def command() -> None:
    """docker-machine's commands, for every machine of every cluster.

    A machine is found by its name, or by its number in the cluster. `create` puts it into the
    cluster `machines` unless --cluster says otherwise.
    """

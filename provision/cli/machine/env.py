"""provision machine env, config"""

from __future__ import annotations

import os
import shlex

import click

from provision.cli.context import common_options
from provision.cli.machine.named import NAME, one

_SHELLS = click.Choice(["bash", "zsh", "sh", "fish", "powershell", "cmd"])


@click.command("env")
@click.option("--shell", type=_SHELLS, help="[default: the one $SHELL names]")
@click.option("-u", "--unset", is_flag=True, help="Remove the variables instead.")
@click.option("--no-proxy", is_flag=True, help="Add the machine to NO_PROXY.")
@click.option("--context", is_flag=True, help="Make a Docker context and choose that instead.")
@NAME
@common_options
@click.pass_context
def env(
    ctx: click.Context,
    /,
    name: str | None,
    shell: str | None,
    unset: bool,
    no_proxy: bool,
    context: bool,
) -> None:
    """Print the variables that lead docker to a machine.

    \b
    eval "$(provision env swarm-node-1)"
    docker info
    """
    from provision.cluster.machine import shell_env
    from provision.cluster.reach import require_engine

    shell = shell or shell_env.this_shell()
    every = [*shell_env.VARIABLES, "DOCKER_CONTEXT"]
    words = f"provision env {'--context ' if context else ''}"
    if unset:
        lines, words = shell_env.unset_lines(shell, every), words + "--unset"
    elif context:
        from provision.cluster.machine.docker_context import make_context

        machine = one(ctx, name)
        lines = [
            *shell_env.unset_lines(shell),
            *shell_env.set_lines(shell, {"DOCKER_CONTEXT": make_context(machine)}),
        ]
        words += machine.name
    else:
        machine = one(ctx, name)
        require_engine(machine)
        values = shell_env.variables(machine)
        if no_proxy:
            values |= shell_env.without_proxy(machine, os.environ)
        lines, words = shell_env.set_lines(shell, values), words + machine.name
    for line in [*lines, shell_env.usage(shell, words)]:
        click.echo(line)


@click.command("config")
@NAME
@common_options
@click.pass_context
def config(ctx: click.Context, /, name: str | None) -> None:
    """Print the options that lead docker to a machine.

    \b
    docker $(provision machine config swarm-node-1) ps
    """
    from provision.cluster import tls
    from provision.cluster.engine_address import engine_url

    machine = one(ctx, name)
    files = tls.client_files(machine.cluster, machine.name)
    click.echo("--tlsverify")
    click.echo(f"--tlscacert={shlex.quote(str(files.authority[0]))}")
    click.echo(f"--tlscert={shlex.quote(str(files.client[0]))}")
    click.echo(f"--tlskey={shlex.quote(str(files.client[1]))}")
    click.echo(f"-H={engine_url(machine.endpoint)}")

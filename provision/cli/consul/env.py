"""provision consul env"""

from __future__ import annotations

import click

from provision.cli.context import common_options, settings

_SHELLS = click.Choice(["bash", "zsh", "sh", "fish", "powershell", "cmd"])


@click.command("env")
@click.option("--shell", type=_SHELLS, help="[default: the one $SHELL names]")
@click.option("-u", "--unset", is_flag=True, help="Remove the variables instead.")
@click.option("--management", is_flag=True, help="As who may change ACLs and take snapshots.")
@click.option("--token", is_flag=True, help="The token itself, not a file that holds it.")
@common_options
@click.argument("node", required=False)
@click.pass_context
def env(
    ctx: click.Context,
    /,
    node: str | None,
    shell: str | None,
    unset: bool,
    management: bool,
    token: bool,
) -> None:
    """Print the variables that lead consul to the cluster, through NODE.

    NODE is a server's name or number; the first if not said. HTTPS asks for a certificate, so a
    browser is led there by `provision consul ui`.

    \b
    eval "$(provision consul env)"
    consul members
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.consul import access
    from provision.cluster.machine import shell_env
    from provision.cluster.workspace import workspace

    shell = shell or shell_env.this_shell()
    chosen = settings(ctx)
    words = f"provision --cluster {chosen.cluster} consul env"
    if unset:
        lines = shell_env.unset_lines(shell, access.VARIABLES)
        words += " --unset"
    else:
        cluster = Cluster.open(workspace(), chosen.cluster)
        values = access.variables(cluster, node, management=management, inline=token)
        stale = [name for name in access.VARIABLES if name not in values]
        lines = [*shell_env.unset_lines(shell, stale), *shell_env.set_lines(shell, values)]
        words += "".join(
            f" {word}"
            for word, said in (("--management", management), ("--token", token), (node, node))
            if said
        )
    for line in [*lines, shell_env.usage(shell, words)]:
        click.echo(line)

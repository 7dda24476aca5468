"""provision deploy stack"""

from __future__ import annotations

import os

import click

from provision.cli.context import common_options, settings
from provision.cli.swarm_manager import manager, registry_auth_option, waiting_options
from provision.errors import UsageError


@click.command("stack")
@click.option(
    "-c",
    "--compose-file",
    "files",
    multiple=True,
    metavar="FILE",
    help="Compose file, version 3; '-' is the standard input. Of several, the later counts.",
)
@click.option("-C", "--check", is_flag=True, help="Say what would change; change nothing.")
@click.option("-D", "--diff", is_flag=True, help="Show which settings change.")
@click.option("--exit-on-change", is_flag=True, help="Exit code 3 when something (would) change.")
@click.option("--prune", is_flag=True, help="Remove its services that are not in the files.")
@click.option(
    "--resolve-image",
    type=click.Choice(["always", "changed", "never"]),
    default="never",
    show_default=True,
    help="Pin the digest that the registry has.",
)
@registry_auth_option
@waiting_options
@common_options
@click.argument("name")
@click.pass_context
def stack(
    ctx: click.Context,
    /,
    name: str,
    files: tuple[str, ...],
    check: bool,
    diff: bool,
    exit_on_change: bool,
    prune: bool,
    resolve_image: str,
    with_registry_auth: bool,
    detach: bool,
    timeout: float,
) -> int:
    """Deploy the stack NAME from compose files of this machine, and wait until it runs.

    ${VARIABLES} in the files come from the environment. Only what differs is changed; a second
    run changes nothing. Ends with 2 when an update stopped or was rolled back, and says why.
    """
    from provision.cluster.workloads import stacks
    from provision.report.diffs import diff_lines

    if not files:
        raise UsageError("which compose file?", hint=f"provision deploy stack -c FILE {name}")
    read = stacks.read_stack(name, files, os.environ)
    for warning in read.warnings:
        click.secho(f"warning: {warning}", fg="yellow", err=True)
    wishes = stacks.Wishes(check, prune, detach, timeout, resolve_image, with_registry_auth)
    result = stacks.deploy(manager(ctx), read, wishes, click.echo)
    if diff:
        for line in diff_lines(result.get("diff")):
            click.echo(line)
    would = "would be: " if check else ""
    for action in result["actions"]:
        click.echo(f"{would}{action}")
    cluster = settings(ctx).cluster
    if not result["changed"]:
        click.echo(f"stack {name} on cluster {cluster}: nothing to change")
    elif not check:
        state = "deployed" if detach else "runs"
        click.echo(f"stack {name} on cluster {cluster}: {state}")
    return 3 if exit_on_change and result["changed"] else 0

"""provision swarm upgrade"""

from __future__ import annotations

import click

from provision.cli.context import common_options
from provision.cli.output import table
from provision.cli.working import working


@click.command("upgrade")
@click.option("-C", "--check", is_flag=True, help="Only say what would be done, in which order.")
@click.option("--no-backup", is_flag=True, help="Keep no backup of the swarm's state.")
@click.option(
    "--force",
    is_flag=True,
    help="Go on with a node whose tasks do not run elsewhere; they stop meanwhile.",
)
@common_options
@click.pass_context
def upgrade(ctx: click.Context, /, check: bool, no_backup: bool, force: bool) -> None:
    """Bring the newest Docker Engine of their packages to the nodes, one after another.

    Each node is drained, upgraded, proven to be back in the swarm, and active again before the
    next has its turn: workers first, then managers, the leader last. Stops at the first node that
    fails; the same command goes on with it.
    """
    from provision.cluster.swarm import upgrade as upgrading
    from provision.cluster.swarm.operation import SwarmOperation
    from provision.cluster.swarm.packages import shown

    with working(ctx, SwarmOperation, exclusive=not check) as work:
        steps = upgrading.plan(work)
        table(
            ("NODE", "ROLE", "DOCKER", "CHANGES"),
            [
                (
                    step.node.name,
                    step.role,
                    step.engine,
                    f"begun; {shown(step.changes)}" if step.begun else shown(step.changes),
                )
                for step in steps
            ],
        )
        if check:
            return
        click.echo()
        found = upgrading.upgrade(work, steps, keep_backup=not no_backup, force=force)
    click.echo()
    table(("NODE", "DOCKER"), sorted(found.items()))

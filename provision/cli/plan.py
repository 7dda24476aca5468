"""provision plan"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import click

from provision.cli.accept import accept
from provision.cli.context import common_options, settings
from provision.cli.output import heading, steps, table
from provision.cli.shape_options import asked_shape, shape_options

if TYPE_CHECKING:
    from provision.cluster.plan import Plan


@click.command("plan")
@shape_options
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--exit-on-change", is_flag=True, help="Exit code 3 if something would change.")
@common_options
@click.pass_context
def command(ctx: click.Context, /, as_json: bool, exit_on_change: bool, **asked: Any) -> int:
    """Show what `up` with the same options would change, and touch nothing.

    Compares what is asked for with what is declared and with the machines that exist.
    """
    from provision.cluster.plan import plan
    from provision.cluster.workspace import workspace

    name = settings(ctx).cluster
    found = plan(workspace(), name, asked_shape(asked))
    if as_json:
        click.echo(json.dumps(_document(name, found), indent=2))
    else:
        show(name, found)
        if found.changes:
            done = [("provision up", "with the same options carries it out")]
            if found.nodes("create") or (found.nodes("promote") and not found.takes_away):
                done.append(("provision bootstrap", "lets new nodes and managers join"))
            steps(done)
    return 3 if exit_on_change and found.changes else 0


def show(name: str, plan: Plan) -> None:
    """A plan, as it is carried out."""
    before, after = plan.before, plan.after
    sizes = [str(shape.total) for shape in (before, after) if shape is not None]
    heading(f"cluster {name}: {' -> '.join(dict.fromkeys(sizes))} nodes")
    if not plan.changes:
        click.echo("nothing would change")
        return
    rows = [(each.verb, each.node, each.what) for each in plan.changes]
    table(("CHANGE", "NODE", ""), rows)
    if cost := plan.cost():
        click.echo(cost)


def approve(plan: Plan, *, yes: bool) -> None:
    """Show a plan that takes nodes away, and ask, if nobody has said yes.

    Raises:
        UsageError: there is nobody to ask.
        click.Abort: the answer is no.
    """
    show(settings(click.get_current_context()).cluster, plan)
    refusal = "nothing was done: it takes nodes or their roles away"
    accept("Go on?", yes=yes, hint="--yes accepts", refusal=refusal)


def _document(name: str, plan: Plan) -> dict[str, Any]:
    return {
        "cluster": name,
        "nodes": {"before": plan.before and plan.before.total, "after": plan.after.total},
        "managers": {"before": plan.before and plan.before.managers, "after": plan.after.managers},
        "changes": [
            {"change": each.verb, "node": each.node, "what": each.what} for each in plan.changes
        ],
    }

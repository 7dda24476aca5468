"""provision status"""

from __future__ import annotations

import json
from typing import Any

import click

from provision.cli.context import common_options, settings
from provision.cli.output import heading, steps, table


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@common_options
@click.pass_context
def command(ctx: click.Context, /, as_json: bool) -> int:
    """Show the cluster's nodes and their health.

    Exit code 0: every machine runs and every probe holds; 2: not so.
    """
    from provision.cluster.status import status
    from provision.cluster.workspace import workspace

    found = status(workspace(), settings(ctx).cluster)
    if as_json:
        click.echo(json.dumps(_document(found), indent=2))
        return 0 if found.healthy else 2
    made = f"at home in {found.origin}" if found.origin else found.cluster.driver.name
    heading(f"cluster {found.cluster.name} ({made})")
    table(
        ("NODE", "ADDRESS", "MACHINE", "SYSTEM", "DOCKER", "SWARM", "CONSUL"),
        [(n.name, n.address, n.state, n.system, n.docker, n.swarm, n.consul) for n in found.nodes],
    )
    for node in found.nodes:
        if node.problem and node.state == "running":
            click.echo(f"\n{node.name} cannot be asked: {node.problem}")
    if found.certificates:
        click.echo(f"\nfirst to expire: {found.certificates[0]}")
    click.echo()
    for probe in found.probes:
        holds = not probe.findings
        mark = click.style("ok  ", fg="green") if holds else click.style("FAIL", fg="red")
        click.echo(f"{mark}  {probe.claim}")
        for finding in probe.findings:
            said = f"{finding.node}: cannot be asked" if finding.unreachable else str(finding)
            click.echo(f"      {said}")
    still = [node.name for node in found.nodes if node.state != "running"]
    if still:
        steps(
            [("provision up", f"starts or makes {', '.join(still)}, and installs what is missing")]
        )
    elif not found.healthy:
        steps([("provision bootstrap", "waits for what is on its way, and mends what is not")])
    else:
        first = found.nodes[0].name
        steps(
            [
                (f"provision ssh {first}", "a shell on a node"),
                (f"provision ssh {first} docker node ls", "the swarm as its manager sees it"),
                ("provision consul ui", "Consul's web interface, through a tunnel"),
            ]
        )
    return 0 if found.healthy else 2


def _document(found: Any) -> dict[str, Any]:
    return {
        "cluster": found.cluster.name,
        "driver": found.cluster.driver.name,
        "healthy": found.healthy,
        "nodes": [
            {field: getattr(node, field) for field in node.__slots__} for node in found.nodes
        ],
        "certificates": [
            {"what": c.what, "days": int(c.days), "misses": c.misses} for c in found.certificates
        ],
        "probes": [
            {"name": p.name, "claim": p.claim, "findings": [str(f) for f in p.findings]}
            for p in found.probes
        ],
    }

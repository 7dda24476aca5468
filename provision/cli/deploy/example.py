"""provision deploy example"""

from __future__ import annotations

import click

from provision.cli.context import common_options, settings
from provision.cli.output import say, steps
from provision.cli.swarm_manager import waiting_options


@click.command("example")
@waiting_options
@common_options
@click.argument("name", type=click.Choice(["web", "traefik"]))
@click.pass_context
def example(ctx: click.Context, /, name: str, detach: bool, timeout: float) -> None:
    """Deploy one of the example stacks, its image included; no registry is needed.

    web: three tasks of a web service on port 8080. traefik: Traefik on every node's port 80, which
    finds web in Consul's catalog. The files are playbooks/stacks/NAME.yml; variables in them, such
    as WEB_PAGE and WEB_REPLICAS, come from the environment.
    """
    from provision.cluster.cluster import Cluster
    from provision.cluster.engines import manager_of
    from provision.cluster.workloads import examples, stacks
    from provision.cluster.workspace import workspace

    cluster = Cluster.open(workspace(), settings(ctx).cluster)
    chosen = examples.EXAMPLES[name]
    _, engine = manager_of(cluster)
    examples.require(cluster, chosen)
    examples.bring_image(cluster, chosen, say)
    read = stacks.read_stack(name, [str(chosen.path)], examples.variables(cluster))
    wishes = stacks.Wishes(detach=detach, timeout=timeout)
    result = stacks.deploy(engine, read, wishes, click.echo)
    for action in result["actions"]:
        click.echo(action)
    click.echo(f"{name}: {chosen.summary}")
    address = next(iter(cluster.endpoints.values())).address
    if name == "web":
        file = examples.password_file(cluster)
        steps(
            [
                (f"curl http://{address}:8080/cgi-bin/who", "which task answers"),
                (
                    f'curl -u "admin:$(cat {file})" http://{address}:8080/private/',
                    "with the secret",
                ),
                ("WEB_PAGE=two provision deploy example web", "a rolling update"),
            ]
        )
    else:
        steps([(f"curl http://{address}/cgi-bin/who", "which task answers, each in turn")])

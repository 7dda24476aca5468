"""provision cluster grant, revoke, grants"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from provision.cli.context import common_options, settings
from provision.cli.output import say, steps, table

if TYPE_CHECKING:
    from provision.cluster.sharing.access import Admitted
    from provision.engine.events import Subscriber


@click.command("grant")
@click.option(
    "--ssh-key",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.pub",
    help="Their public key. [default: a pair made here]",
)
@click.argument("name")
@common_options
@click.pass_context
def grant_(ctx: click.Context, /, name: str, ssh_key: Path | None) -> int:
    """Let NAME, a person or a CI job, in on all nodes: an SSH key and a client certificate.

    Both are theirs alone, and `provision cluster revoke NAME` makes them worthless. Run again it
    brings their access up to date: another key, a certificate that expires soon.
    """
    from provision.cluster.sharing import ssh_keys
    from provision.cluster.sharing.access import grant
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    keys = ssh_keys.read(ssh_key) if ssh_key else ()
    with _subscribers(ctx) as subscribers:
        done = grant(workspace(), chosen.cluster, name, keys, say=say, subscribers=subscribers)
    if done.exit_code:
        return _unfinished(ctx, done, f"provision cluster grant {name}")
    click.echo(f"cluster {done.cluster.name}: all {len(done.cluster.nodes)} nodes let {name} in")
    steps(
        [
            (f"provision cluster export --for {name} FILE", f"what {name} needs, sealed"),
            (f"provision cluster revoke {name}", "shuts them out again"),
        ]
    )
    return 0


@click.command("revoke")
@click.argument("name")
@common_options
@click.pass_context
def revoke_(ctx: click.Context, /, name: str) -> int:
    """Shut NAME out on all nodes: their SSH keys and client certificate are refused.

    Engines restart one after another for it, and with them their containers: they know no
    revocation lists. The swarm's join tokens are replaced. Nobody else loses access.
    """
    from provision.cluster.sharing.access import revoke
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    with _subscribers(ctx) as subscribers:
        done = revoke(workspace(), chosen.cluster, name, say=say, subscribers=subscribers)
    if done.exit_code:
        return _unfinished(ctx, done, f"provision cluster revoke {name}")
    click.echo(f"cluster {done.cluster.name}: all {len(done.cluster.nodes)} nodes refuse {name}")
    if done.cluster.consul is not None:
        click.echo(f"\nwhat {name} may have read of Consul stays valid until it is replaced:")
        steps(
            [
                ("provision consul rotate tokens", "Consul's ACL tokens"),
                ("provision consul rotate certs --authority", "the client certificate for Consul"),
                ("provision consul rotate gossip", "the key that agents share"),
            ]
        )
    return 0


@click.command("grants")
@common_options
@click.pass_context
def grants_(ctx: click.Context, /) -> None:
    """List who has access beside the operator, and until when."""
    from provision.cluster.cluster import Cluster
    from provision.cluster.sharing import ssh_keys
    from provision.cluster.sharing.grants import Grants
    from provision.cluster.workspace import workspace

    cluster = Cluster.open(workspace(), settings(ctx).cluster)
    found = Grants(cluster.store).every()
    if not found:
        click.echo(f"nobody but you has access to cluster {cluster.name}")
        return
    table(
        ("NAME", "CERTIFICATE", "SSH KEY", ""),
        [
            (
                grant.name,
                f"{grant.days_left:.0f} days" if grant.days_left > 0 else "expired",
                ", ".join(map(ssh_keys.shown, grant.ssh_keys)),
                "revocation not finished" if grant.revoked else "",
            )
            for grant in found
        ],
    )


@contextmanager
def _subscribers(ctx: click.Context) -> Iterator[list[Subscriber]]:
    """The plays' own output with -v."""
    from provision.cli.console import console_for

    chosen = settings(ctx)
    if not chosen.verbosity:
        yield []
        return
    with console_for(chosen.verbosity, chosen.color) as console:
        yield [console]


def _unfinished(ctx: click.Context, done: Admitted, again: str) -> int:
    for finding in done.findings:
        click.echo(str(finding), err=True)
    click.echo(f"hint: `{settings(ctx).addressed(again)}` again finishes it", err=True)
    return done.exit_code

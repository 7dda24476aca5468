"""`provision play --scheduler`: whose workers hold the sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from provision.transport.remote.scheduler import Scheduler
    from provision.transport.remote.sessions import DaskSessions

F = TypeVar("F", bound=Callable[..., Any])


def scheduler_options(command: F) -> F:
    """The options that name a Dask cluster."""
    file = click.Path(dir_okay=False)
    options = [
        click.option(
            "--scheduler",
            metavar="ADDRESS",
            help="Reach the hosts from the workers of a Dask cluster, tls://HOST:PORT or "
            "tcp://HOST:PORT. [default: from here]",
        ),
        click.option(
            "--scheduler-ca", type=file, metavar="FILE", help="Its authority's certificate."
        ),
        click.option("--scheduler-cert", type=file, metavar="FILE", help="Our certificate for it."),
        click.option("--scheduler-key", type=file, metavar="FILE", help="That certificate's key."),
    ]
    for option in reversed(options):
        command = option(command)
    return command


def scheduler_of(
    address: str | None, ca: str | None, cert: str | None, key: str | None
) -> Scheduler | None:
    """What the options name; None if they name none.

    Raises:
        UsageError: files were given for none.
    """
    from provision.errors import UsageError

    if address is None:
        if ca or cert or key:
            raise UsageError("these certificates are for no scheduler", hint="add --scheduler")
        return None
    from provision.transport.remote.scheduler import Scheduler

    return Scheduler(address, ca, cert, key)


def remote_sessions(scheduler: Scheduler) -> DaskSessions:
    """Sessions on its workers. Raises UsageError where it cannot be used."""
    from provision.transport.remote.scheduler import dask_sessions

    def warn(text: str) -> None:
        click.secho(f"warning: {text}", fg="yellow", err=True)

    return dask_sessions(scheduler, warn)

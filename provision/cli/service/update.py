"""provision service update"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from provision.cli.context import common_options
from provision.cli.swarm_manager import manager, registry_auth_option, waiting, waiting_options
from provision.cluster.workloads.update_options import OPTIONS, Edit, Option
from provision.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])


def _setting_options(function: F) -> F:
    """One click option for each of what can be changed."""
    for option in reversed(OPTIONS):
        function = _click_option(option)(function)
    return function


def _click_option(option: Option) -> Callable[[F], F]:
    name, text = f"--{option.name}", option.help
    if option.name == "no-healthcheck":
        return click.option(name, is_flag=True, default=None, help=text)
    if option.flag:
        return click.option(f"{name}/--no-{option.name}", default=None, help=text)
    if option.param == "replicas":
        return click.option(name, type=click.IntRange(0), metavar=option.metavar, help=text)
    multiple = option.kind != "set"
    return click.option(name, multiple=multiple, metavar=option.metavar, help=text)


@click.command("update")
@_setting_options
@click.option("--force", is_flag=True, help="Start its tasks anew though nothing differs.")
@click.option("--rollback", is_flag=True, help="As `provision service rollback`.")
@click.option("--resolve-image", is_flag=True, help="Pin the digest that the registry has.")
@registry_auth_option
@waiting_options
@common_options
@click.argument("service")
@click.pass_context
def update(
    ctx: click.Context,
    /,
    service: str,
    force: bool,
    rollback: bool,
    resolve_image: bool,
    with_registry_auth: bool,
    detach: bool,
    timeout: float,
    **given: Any,
) -> None:
    """Change settings of SERVICE, and wait until its tasks have them.

    Options, and the forms of their values, are those of `docker service update`. A stack's next
    deployment brings back what its file says.
    """
    from provision.cluster.workloads import change

    edits = [
        Edit(option, value)
        for option in OPTIONS
        if (value := given[option.name.replace("-", "_")]) not in (None, ())
    ]
    if rollback:
        if edits or force:
            raise UsageError("--rollback goes with no other setting")
        change.rollback(manager(ctx), service, waiting(detach, timeout))
        click.echo(f"{service}: {'rolling back' if detach else 'rolled back'}")
        return
    if not (edits or force or resolve_image):
        raise UsageError("nothing to change was said", hint="provision service update --help")
    changed = change.update(
        manager(ctx),
        service,
        edits,
        waiting(detach, timeout),
        force=force,
        resolve_image=resolve_image,
        with_registry_auth=with_registry_auth,
    )
    click.echo(f"{service}: {'updated' if changed else 'nothing to change'}")

"""provision machine create"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from provision.cli.context import common_options, settings
from provision.cli.output import say, steps
from provision.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

_CLOUDS = frozenset(
    {
        *("amazonec2", "azure", "digitalocean", "exoscale", "google", "hetzner", "linode"),
        *("openstack", "packet", "rackspace", "scaleway", "softlayer", "vmwarevcloudair"),
        *("vmwarevsphere", "vultr"),
    }
)
_ALIASES = {"generic": "static", "virtualbox": "vagrant"}

_SWARM = (
    "is classic Swarm's, which is gone; swarm mode is part of Docker: "
    "`provision --cluster NAME bootstrap swarm`"
)
_VAGRANT = "is decided by the shipped Vagrantfile; change it there"
_NO_SENSE = {
    "--swarm": _SWARM,
    "--swarm-master": _SWARM,
    "--swarm-discovery": _SWARM,
    "--swarm-image": _SWARM,
    "--swarm-host": _SWARM,
    "--swarm-addr": _SWARM,
    "--swarm-strategy": _SWARM,
    "--swarm-opt": _SWARM,
    "--swarm-join-opt": _SWARM,
    "--swarm-experimental": _SWARM,
    "--virtualbox-boot2docker-url": "machines are Debian: --image names the box or codename",
    "--virtualbox-import-boot2docker-vm": "there is no boot2docker any more",
    "--virtualbox-hostonly-cidr": "the whole cluster has one network: `provision up --subnet`",
    "--virtualbox-share-folder": "use `provision machine mount`, or scp",
    "--virtualbox-host-dns-resolver": _VAGRANT,
    "--virtualbox-hostonly-nicpromisc": _VAGRANT,
    "--virtualbox-hostonly-nictype": _VAGRANT,
    "--virtualbox-hostonly-no-dhcp": _VAGRANT,
    "--virtualbox-nat-nictype": _VAGRANT,
    "--virtualbox-no-dns-proxy": _VAGRANT,
    "--virtualbox-no-share": "there are no shared folders: `provision machine mount`, or scp",
    "--virtualbox-no-vtx-check": _VAGRANT,
    "--virtualbox-ui-type": _VAGRANT,
    "--generic-engine-port": "engines listen on 2376",
}
_FLAGS = {
    "--swarm",
    "--swarm-master",
    "--swarm-experimental",
    "--virtualbox-host-dns-resolver",
    "--virtualbox-hostonly-no-dhcp",
    "--virtualbox-no-dns-proxy",
    "--virtualbox-no-share",
    "--virtualbox-no-vtx-check",
}


def _refuse(ctx: click.Context, param: click.Parameter, value: Any) -> None:
    if value:
        name = param.opts[0]
        raise UsageError(f"{name} {_NO_SENSE[name]}")


def _without_sense(function: F) -> F:
    """docker-machine's options that are known, and refused with the reason."""
    for name in _NO_SENSE:
        function = click.option(
            name, is_flag=name in _FLAGS, hidden=True, expose_value=False, callback=_refuse
        )(function)
    return function


@click.command("create")
@click.option("-d", "--driver", metavar="NAME", help="What makes it. [default: the cluster's]")
@click.option("--cpus", "--virtualbox-cpu-count", type=float, metavar="N", help="CPUs.")
@click.option("--memory", "--virtualbox-memory", type=int, metavar="MIB", help="MiB.")
@click.option("--disk", type=int, metavar="GIB", help="GiB.")
@click.option("--virtualbox-disk-size", "disk_mib", type=int, metavar="MIB", help="--disk in MiB.")
@click.option("--image", metavar="NAME", help="Box, image, or Debian codename.")
@click.option("--ip", "--generic-ip-address", "address", help="An existing server's address.")
@click.option("--ssh-user", "--generic-ssh-user", "user", help="Whom to log in as there.")
@click.option("--ssh-port", "--generic-ssh-port", "port", type=int, help="SSH's port there.")
@click.option("--ssh-key", "--generic-ssh-key", "key", type=click.Path(), help="Private key file.")
@click.option("--fingerprint", metavar="SHA256:...", help="What the server's host key must be.")
@click.option("--cluster-address", "cluster_address", help="The address other nodes know it by.")
@click.option("--keep-hostname", is_flag=True, help="Do not name the server after the machine.")
@click.option("--engine-opt", "opts", multiple=True, metavar="KEY=VALUE", help="A dockerd option.")
@click.option("--engine-label", "labels", multiple=True, metavar="KEY=VALUE")
@click.option("--engine-insecure-registry", "insecure_registries", multiple=True)
@click.option("--engine-registry-mirror", "mirrors", multiple=True)
@click.option("--engine-env", "environment", multiple=True, metavar="KEY=VALUE")
@click.option("--engine-storage-driver", "storage_driver")
@click.option("--engine-install-url", "install_url", help="Docker's package repository or mirror.")
@click.option("--tls-san", "tls_sans", multiple=True, help="A further name in its certificate.")
@_without_sense
@click.argument("name")
@common_options
@click.pass_context
def create(ctx: click.Context, /, **asked: Any) -> int:
    """Create a machine with Docker on it, or adopt an existing server.

    \b
    provision machine create web-1
    provision machine create --driver static --ip 192.0.2.10 --ssh-user admin db-1
    """
    from provision.cli.console import console_for
    from provision.cluster.machine.create import create
    from provision.cluster.machine.found import OWN_CLUSTER
    from provision.cluster.workspace import workspace

    chosen = settings(ctx)
    cluster = chosen.cluster if chosen.named else OWN_CLUSTER
    with console_for(chosen.verbosity, chosen.color) as console:
        made = create(workspace(), cluster, _wanted(asked), say=say, subscribers=[console])
    if made.exit_code:
        click.echo(
            f"hint: machine {made.found.name} exists, its Docker is not set up; "
            "the same command again goes on from here",
            err=True,
        )
        return made.exit_code
    name = made.found.name
    steps(
        [
            (f'eval "$(provision env {name})"', "then docker talks to it"),
            (f"provision machine ssh {name}", "a shell there"),
        ]
    )
    return 0


def _wanted(asked: Mapping[str, Any]) -> Any:
    from provision.cluster.machine.create import Wanted
    from provision.cluster.machine.engine_options import engine_variables

    server = {
        option: str(asked[key])
        for option, key in (
            ("address", "address"),
            ("user", "user"),
            ("port", "port"),
            ("key", "key"),
            ("fingerprint", "fingerprint"),
            ("cluster-address", "cluster_address"),
        )
        if asked[key] is not None
    }
    driver = _driver(asked["driver"], server)
    return Wanted(
        name=asked["name"],
        driver=driver,
        cpus=asked["cpus"],
        memory=asked["memory"],
        disk=_disk(asked["disk"], asked["disk_mib"]),
        image=asked["image"],
        options=server,
        tls_sans=asked["tls_sans"],
        engine=engine_variables(
            opts=asked["opts"],
            labels=asked["labels"],
            insecure_registries=asked["insecure_registries"],
            mirrors=asked["mirrors"],
            environment=asked["environment"],
            storage_driver=asked["storage_driver"],
            install_url=asked["install_url"],
        ),
        rename=not asked["keep_hostname"],
    )


def _driver(name: str | None, server: Mapping[str, str]) -> str | None:
    if name in _CLOUDS:
        raise UsageError(
            f"provision makes no machines at '{name}'",
            hint="make the server there, then adopt it: "
            "`provision machine create --driver static --ip ADDRESS --ssh-user USER NAME`",
        )
    if name == "none":
        raise UsageError(
            "a machine without a driver is only a URL: nothing can be done with it",
            hint="--driver static adopts a server over SSH; `docker context create` keeps a URL",
        )
    if name is not None:
        name = _ALIASES.get(name, name)
    if name is None and "address" in server:
        return "static"
    if server and name != "static":
        raise UsageError(
            f"{', '.join(server)} describe an existing server, which the driver "
            f"'{name or 'auto'}' does not take",
            hint="--driver static",
        )
    return name


def _disk(gib: int | None, mib: int | None) -> int | None:
    return gib if mib is None else -(-mib // 1024)

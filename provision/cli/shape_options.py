"""The options that say what a cluster is to be; `up` and `plan` take them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS = (
    click.option("--nodes", type=int, metavar="N", help="How many nodes. [default: 3]"),
    click.option(
        "--managers",
        type=int,
        metavar="N",
        help="How many are swarm managers and Consul servers; odd. "
        "[default: 3, or 1 below 3 nodes]",
    ),
    click.option("--cpus", type=float, metavar="N", help="CPUs a node. [default: 2]"),
    click.option("--memory", type=int, metavar="MIB", help="MiB a node. [default: 2048]"),
    click.option("--disk", type=int, metavar="GIB", help="GiB a node. [default: the driver's]"),
    click.option(
        "--servers",
        metavar="INVENTORY",
        help="For --driver static: the servers; also NAME=user@address,...",
    ),
    click.option("--subnet", metavar="CIDR", help="The cluster's network. [default: a free one]"),
    click.option(
        "--release",
        metavar="NAME",
        help="Debian release of the nodes that are made: bullseye, bookworm or trixie. "
        "[default: bookworm]",
    ),
    click.option(
        "--node-release",
        "node_releases",
        multiple=True,
        metavar="NODE=NAME",
        help="That of one node; may be repeated.",
    ),
    click.option("--image", metavar="NAME", help="Node image. [default: built here when missing]"),
    click.option(
        "--insecure-consul/--secure-consul",
        default=None,
        help="Consul without TLS and ACLs, for throw-away labs. [default: secure]",
    ),
    click.option(
        "--autolock/--no-autolock",
        default=None,
        help="Whether a manager that restarts needs the swarm's key. [default: as it is]",
    ),
    click.option(
        "--drain-managers/--no-drain-managers",
        default=None,
        help="Whether managers are to run no tasks. [default: they run some]",
    ),
)


def shape_options(function: F) -> F:
    """Add them."""
    for option in reversed(_OPTIONS):
        function = option(function)
    return function


def asked_shape(given: Mapping[str, Any]) -> dict[str, Any]:
    """The shape that these options ask for; None where nothing was said."""
    from provision.cluster.servers import read_servers

    shape = dict(given)
    servers = shape.pop("servers")
    shape["named"] = read_servers(servers) if servers else None
    shape["node_releases"] = pairs(shape["node_releases"], "--node-release")
    return shape


def pairs(texts: Sequence[str], option: str) -> dict[str, str]:
    """An option's NAME=VALUE texts as a mapping."""
    for text in texts:
        if "=" not in text:
            raise click.BadParameter(f"{text!r} is not NAME=VALUE", param_hint=option)
    return dict(text.split("=", 1) for text in texts)

"""Options that every command takes, before or after its name."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import click

DEFAULT_CLUSTER = "swarm"

_COMMAND = (
    r"(?<![\w-])provision (?=(?:up|bootstrap|verify|status|down|ssh|consul|swarm|node|plan|"
    r"cluster|monitoring|recover|drill)\b)"
)

F = TypeVar("F", bound=Callable[..., Any])


@dataclass(slots=True)
class Settings:
    """What the common options say.

    Parameters:
        named: whether somebody said which cluster.
        verbosity: how many -v.
        color: None lets the terminal decide.
    """

    cluster: str = DEFAULT_CLUSTER
    named: bool = False
    verbosity: int = 0
    color: bool | None = None

    def addressed(self, text: str) -> str:
        """A text whose ``provision`` commands say which cluster, if it is not the default one."""
        if self.cluster == DEFAULT_CLUSTER:
            return text
        return re.sub(_COMMAND, f"provision --cluster {self.cluster} ", text)

    @property
    def colored(self) -> bool:
        return sys.stdout.isatty() if self.color is None else self.color


def settings(ctx: click.Context) -> Settings:
    """The one Settings of this invocation."""
    return ctx.ensure_object(Settings)


def _cluster(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is not None:
        settings(ctx).cluster = value
        settings(ctx).named = True


def _verbose(ctx: click.Context, _: click.Parameter, value: int) -> None:
    settings(ctx).verbosity += value


def _no_color(ctx: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        settings(ctx).color = False
        ctx.color = False


def common_options(function: F) -> F:
    """Add --cluster, -v and --no-color."""
    for option in (
        click.option(
            "--no-color",
            is_flag=True,
            expose_value=False,
            callback=_no_color,
            envvar="NO_COLOR",
            help="Plain text, no colours.",
        ),
        click.option(
            "-v",
            "--verbose",
            count=True,
            expose_value=False,
            callback=_verbose,
            help="Say more; -vvv shows tracebacks.",
        ),
        click.option(
            "--cluster",
            metavar="NAME",
            expose_value=False,
            callback=_cluster,
            envvar="PROVISION_CLUSTER",
            help=f"Which cluster. [env: PROVISION_CLUSTER; default: {DEFAULT_CLUSTER}]",
        ),
    ):
        function = option(function)
    return function

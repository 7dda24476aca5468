"""The passphrase of an export: asked for, from a file or the environment; never an argument."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any, TypeVar

import click

from provision.cli.vault_passwords import password_from
from provision.errors import UsageError

F = TypeVar("F", bound=Callable[..., Any])

VARIABLE = "PROVISION_PASSPHRASE"


def passphrase_option(function: F) -> F:
    """Add --passphrase-file; the command gets ``passphrase_file``."""
    return click.option(
        "--passphrase-file",
        metavar="FILE",
        help=f"A file with the passphrase, or a script that prints it. [default: ${VARIABLE}, "
        "else it is asked for]",
    )(function)


def passphrase(file: str | None, *, twice: bool) -> str:
    """The passphrase.

    Parameters:
        twice: have it confirmed when it is typed.

    Raises:
        UsageError: there is none and nobody to ask.
    """
    if file is not None:
        return password_from(file, "passphrase")
    if found := os.environ.get(VARIABLE):
        return found
    if not sys.stdin.isatty():
        raise UsageError(
            "there is no passphrase and nobody to ask for it",
            hint=f"--passphrase-file FILE, or ${VARIABLE} in the environment",
        )
    return str(click.prompt("Passphrase", hide_input=True, confirmation_prompt=twice, err=True))

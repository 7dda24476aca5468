"""Consent to what cannot be undone."""

from __future__ import annotations

import sys

import click

from provision.errors import UsageError


def accept(question: str, *, yes: bool, hint: str, refusal: str = "nothing was done") -> None:
    """Ask whether to go on, unless --yes has said so.

    Parameters:
        hint: what --yes means here.
        refusal: what is said where there is nobody to ask.

    Raises:
        UsageError: there is nobody to ask.
        click.Abort: the answer is no.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise UsageError(refusal, hint=hint)
    click.confirm(question, abort=True)

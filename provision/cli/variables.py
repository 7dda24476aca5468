"""-e / --extra-vars, as ansible-playbook takes it."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from provision.errors import DataError, UsageError

if TYPE_CHECKING:
    from provision.inventory.vault import Vault

F = TypeVar("F", bound=Callable[..., Any])


def extra_vars_option(function: F) -> F:
    """Add a repeatable -e; ``parse_extra_vars`` reads what it gives."""
    return click.option(
        "-e",
        "--extra-vars",
        multiple=True,
        metavar="VARS",
        help="Variables: key=value pairs, YAML or JSON, or @FILE. Repeatable.",
    )(function)


def parse_extra_vars(values: tuple[str, ...], vault: Vault | None = None) -> dict[str, Any]:
    """One mapping from all that was given; later ones win.

    Parameters:
        vault: decrypts files that are encrypted.

    Raises:
        UsageError: one of them is no mapping.
        DataError: a file that cannot be read or decrypted.
    """
    found: dict[str, Any] = {}
    for value in values:
        found.update(_one(value, vault))
    return found


def _one(value: str, vault: Vault | None) -> dict[str, Any]:
    from provision.inventory.varfiles import read_yaml
    from provision.located import parse_yaml

    if value.startswith("@"):
        loaded = read_yaml(_file(value[1:]), vault)
    elif value.lstrip().startswith(("{", "[")) or ": " in value.split("=", 1)[0]:
        try:
            loaded = parse_yaml(value, "--extra-vars")
        except DataError as error:
            raise UsageError(f"-e {value!r} is not YAML or JSON: {error}") from None
    else:
        loaded = _pairs(value)
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise UsageError(
            f"-e {value!r} is not a mapping", hint="-e key=value, -e '{\"key\": 1}' or -e @file.yml"
        )
    return dict(loaded)


def _file(name: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError as error:  # the home of a user there is not
        raise UsageError(f"-e @{name}: cannot read this file: {error}") from None


def _pairs(value: str) -> dict[str, str]:
    try:
        words = shlex.split(value)
    except ValueError as error:
        raise UsageError(f"-e {value!r}: {error}") from None
    pairs = [word.partition("=") for word in words]
    if bad := [key for key, equals, _ in pairs if not equals]:
        raise UsageError(f"-e {value!r}: '{bad[0]}' has no value", hint="-e key=value")
    return {key: text for key, _, text in pairs}

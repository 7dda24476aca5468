"""Options that say how to connect, and passwords for it, as ansible-playbook takes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

F = TypeVar("F", bound=Callable[..., Any])

_ARGUMENTS = {
    "ssh_common_args": "ansible_ssh_common_args",
    "ssh_extra_args": "ansible_ssh_extra_args",
}


def connection_options(function: F) -> F:
    """Add the options; ``complete`` turns what they say into a run's options."""
    for option in (
        click.option(
            "--ssh-extra-args", metavar="ARGS", help="More arguments, as ssh itself takes them."
        ),
        click.option(
            "--ssh-common-args", metavar="ARGS", help="The same, such as -o ProxyJump=HOST."
        ),
        click.option("-T", "--timeout", type=float, metavar="S", help="Seconds to connect."),
        click.option(
            "--become-password-file",
            "--become-pass-file",
            metavar="FILE",
            help="A file with the password to become with, or a script that prints it.",
        ),
        click.option(
            "--connection-password-file",
            "--conn-pass-file",
            metavar="FILE",
            help="A file with the password to log in with, or a script that prints it.",
        ),
        click.option(
            "-K", "--ask-become-pass", is_flag=True, help="Ask for the password to become with."
        ),
        click.option("-k", "--ask-pass", is_flag=True, help="Ask for the password to log in with."),
    ):
        function = option(function)
    return function


def passwords(chosen: Mapping[str, Any]) -> dict[str, str]:
    """``password`` and ``become_password``, read or asked for; the latter is the former where
    nothing is typed.

    Raises:
        UsageError: a file that cannot be read, a script that fails, an empty password.
    """
    from provision.cli.vault_passwords import password_from

    found: dict[str, str] = {}
    if chosen["connection_password_file"]:
        found["password"] = password_from(chosen["connection_password_file"], "connection")
    elif chosen["ask_pass"]:
        found["password"] = click.prompt("SSH password", hide_input=True)
    if chosen["become_password_file"]:
        found["become_password"] = password_from(chosen["become_password_file"], "become")
    elif chosen["ask_become_pass"]:
        known = found.get("password")
        hint = "[defaults to SSH password]" if known else ""
        found["become_password"] = click.prompt(
            f"BECOME password{hint}", hide_input=True, default=known, show_default=False
        )
    return found


def ssh_arguments(chosen: Mapping[str, Any], configured: Mapping[str, str]) -> dict[str, str]:
    """By the names of the variables that would say them; the command line's win."""
    said = {name: chosen[option] for option, name in _ARGUMENTS.items() if chosen[option]}
    return {**configured, **said}

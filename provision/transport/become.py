"""Starting a program as another user, and what sudo and su say when they will not."""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Sequence
from typing import NamedTuple

from provision.errors import UsageError
from provision.transport.target import Become

METHODS = ("sudo", "su")

_REFUSALS = (
    (
        r"sudo: (?:command )?not found|sudo: No such file|No such file.*sudo",
        "there is no sudo on the node",
        "install sudo there, log in as that user, or use become_method: su",
    ),
    (
        r"is not in the sudoers file|is not allowed to (?:execute|run)|may not run sudo",
        "sudo does not allow it",
        "add the user to the sudo group or give it a rule in /etc/sudoers.d",
    ),
    (
        r"a (?:terminal|password) is required|no password was provided",
        "sudo asks for a password and none was given",
        "give ansible_become_password or --ask-become-pass, or a NOPASSWD rule on the node",
    ),
    (
        r"must have a tty",
        "sudo on the node insists on a terminal",
        "remove 'requiretty' from /etc/sudoers on the node",
    ),
    (
        r"unknown user|user \S+ does not exist|No passwd entry",
        "there is no such user on the node",
        "create the user first, or correct become_user",
    ),
    (
        r"incorrect password|Sorry, try again|Authentication failure|Authentication token",
        "the password is wrong",
        "check ansible_become_password: sudo wants that of who logs in, su that of become_user",
    ),
    (
        r"(?:sudo|su): (?:invalid|unrecognized) option|^usage: sudo|option requires an argument",
        "it does not know one of its flags",
        "correct become_flags; the default is -H for sudo and none for su",
    ),
    (
        r"must be run from a terminal",
        "su on the node insists on a terminal",
        "use become_method: sudo",
    ),
)


class Elevated(NamedTuple):
    """Parameters:
    argv: the whole command.
    prompt: what asks for the password, if anything may.
    """

    argv: list[str]
    prompt: bytes | None


def elevate(become: Become, argv: Sequence[str]) -> Elevated:
    """Wrap a command so that it runs as ``become.user``.

    Raises:
        UsageError: a method other than sudo and su, or flags with an open quote.
    """
    flags = _flags(become)
    program = become.program or become.method
    if become.method == "sudo":
        options = [program, *flags, "-u", become.user]
        if become.password is None:
            return Elevated([*options, "-n", "--", *argv], None)
        prompt = f"[provision {secrets.token_hex(8)}] password:"
        return Elevated([*options, "-S", "-p", prompt, "--", *argv], prompt.encode())
    if become.method == "su":
        # The shell is named because a service's user has nologin for one.
        line = [program, *flags, become.user, "-s", "/bin/sh", "-c", "exec " + shlex.join(argv)]
        return Elevated(["env", "LC_ALL=C", "LANGUAGE=C", *line], b"Password:")
    raise UsageError(
        f"become_method '{become.method}' is not supported",
        hint=f"supported: {', '.join(METHODS)}",
    )


def _flags(become: Become) -> list[str]:
    sudo = become.method == "sudo"
    if become.flags is None:
        return ["-H"] if sudo else []
    try:
        words = shlex.split(become.flags)
    except ValueError as error:
        raise UsageError(f"become_flags '{become.flags}' cannot be split: {error}") from None
    # How the password gets there is not for the flags to say.
    return [word for word in words if not sudo or word not in ("-n", "-S")]


def refusal(text: str) -> tuple[str, str] | None:
    """What sudo or su meant, and what to do about it; None if it is neither's complaint."""
    for pattern, what, hint in _REFUSALS:
        if re.search(pattern, text):
            return what, hint
    return None

"""From a host's variables to where its session goes and as whom."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from provision.engine import ssh_arguments
from provision.engine.options import RunOptions
from provision.engine.truth import truth
from provision.errors import InventoryError, PlaybookError, did_you_mean
from provision.located import location_of
from provision.transport.target import BECOME_METHODS, CONNECTIONS, SSH, Become, Target

if TYPE_CHECKING:
    from provision.playbook.model import Settings

LOCAL_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})

KEYWORDS = (
    "connection",
    "port",
    "remote_user",
    "become",
    "become_user",
    "become_method",
    "become_exe",
    "become_flags",
)
"""Of plays and tasks, those that say how a host is reached and as whom."""

_ALIASES: dict[str, tuple[str, ...]] = {
    "connection": ("ansible_connection",),
    "host": ("ansible_host", "ansible_ssh_host"),
    "port": ("ansible_port", "ansible_ssh_port"),
    "user": ("ansible_user", "ansible_ssh_user"),
    "password": ("ansible_password", "ansible_ssh_password", "ansible_ssh_pass"),
    "key": ("ansible_private_key_file", "ansible_ssh_private_key_file"),
    "python": ("ansible_python_interpreter",),
    "timeout": ("ansible_timeout", "ansible_ssh_timeout"),
    "checking": ("ansible_host_key_checking", "ansible_ssh_host_key_checking"),
    "become": ("ansible_become",),
    "become_user": ("ansible_become_user", "ansible_sudo_user"),
    "become_method": ("ansible_become_method",),
    "become_exe": ("ansible_become_exe", "ansible_sudo_exe", "ansible_su_exe"),
    "become_flags": ("ansible_become_flags", "ansible_sudo_flags", "ansible_su_flags"),
    "become_password": (
        "ansible_become_password",
        "ansible_become_pass",
        "ansible_sudo_pass",
        "ansible_su_pass",
    ),
}
_ARGUMENTS = ("ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args")
NAMES = frozenset({*(name for names in _ALIASES.values() for name in names), *_ARGUMENTS})


class Connection(NamedTuple):
    """A session's key: where, and as whom (None: as the user who logs in)."""

    target: Target
    become: Become | None = None


def resolve(
    name: str,
    variables: Mapping[str, Any],
    settings: Settings,
    options: RunOptions,
    *,
    implicit: bool = False,
) -> Connection:
    """Where a task's session goes.

    Parameters:
        name: the inventory's name of the host.
        variables: rendered.
        settings: rendered ``connection``, ``port``, ``remote_user`` and ``become*``; the
            variables beat them, they beat the command line.
        implicit: the host is in no inventory; localhost is then this machine itself.

    Raises:
        InventoryError: a value that makes no connection.
        PlaybookError: an unknown connection or become method.
    """

    def variable(what: str) -> Any:
        for alias in _ALIASES[what]:
            if alias in variables:
                value = variables[alias]
                if value is not None and value != "":
                    return value
        return None

    connection = variable("connection") or settings.connection or options.connection
    if connection is None:
        connection = "local" if implicit and name in LOCAL_NAMES else "ssh"
    connection = str(connection).rpartition(".")[2]
    if connection in SSH:
        connection = "ssh"
    if connection not in CONNECTIONS:
        raise PlaybookError(
            f"connection '{connection}' is not supported",
            host=name,
            hint=did_you_mean(connection, CONNECTIONS) or "there are ssh and local",
        )
    become = _become(name, variable, settings, options)
    python = variable("python")
    if connection == "local":
        interpreter = sys.executable if python in (None, "auto", "auto_silent") else str(python)
        directory = variables.get("playbook_dir")
        local = Target(
            name,
            connection="local",
            python=interpreter,
            directory=str(directory) if directory else None,
        )
        return Connection(local, become)
    return Connection(_ssh(name, variables, variable, settings, options, python), become)


def _ssh(
    name: str,
    variables: Mapping[str, Any],
    variable: Any,
    settings: Settings,
    options: RunOptions,
    python: Any,
) -> Target:
    made: dict[str, Any] = {}
    for argument in _ARGUMENTS:
        text = variables.get(argument) or options.ssh_arguments.get(argument)
        if text:
            said = ssh_arguments.parse(text, argument)
            for field in said.__slots__:
                value = getattr(said, field)
                if value not in (None, ()):
                    made[field] = value
    user = variable("user") or settings.remote_user or made.get("user") or options.remote_user
    port = variable("port") or settings.port or made.get("port")
    key = variable("key") or options.private_key
    if key:
        made["key_files"] = (str(Path(str(key)).expanduser()), *made.get("key_files", ()))
    timeout = variable("timeout") or made.get("connect_timeout") or options.timeout
    if timeout is not None:
        made["connect_timeout"] = _number(name, "timeout", timeout)
    checking = variable("checking")
    if not (options.host_key_checking if checking is None else truth(checking)):
        made["host_key_checking"] = False
    if python is not None and not str(python).startswith("auto"):
        made["python"] = str(python)
    password = variable("password") or options.password
    made["user"] = str(user) if user else None
    made["port"] = int(_number(name, "port", port)) if port else None
    made["password"] = None if password is None else str(password)
    return Target(name, address=str(variable("host") or name), **made)


def _become(name: str, variable: Any, settings: Settings, options: RunOptions) -> Become | None:
    wanted = variable("become")
    if wanted is None:
        wanted = settings.become
    if wanted is None:
        wanted = options.become
    if not truth(wanted):
        return None
    user = variable("become_user") or settings.become_user or options.become_user or "root"
    method = variable("become_method") or settings.become_method or options.become_method
    method = str(method or "sudo").rpartition(".")[2]
    if method not in BECOME_METHODS:
        raise PlaybookError(
            f"become method '{method}' is not supported",
            host=name,
            at=location_of(settings.become_method),
            hint=did_you_mean(method, BECOME_METHODS) or "there are sudo and su",
        )
    password = variable("become_password") or options.become_password
    flags = variable("become_flags")
    if flags is None:
        flags = settings.become_flags
    program = str(variable("become_exe") or settings.become_exe or "")
    return Become(
        str(user),
        method,
        None if password is None else str(password),
        None if flags is None else str(flags),
        "" if program == method else program,
    )


def _number(name: str, what: str, value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise InventoryError(
            f"the connection's {what} is {value!r}, which is not a number",
            host=name,
            at=location_of(value),
        ) from None

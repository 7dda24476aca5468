"""The variables that lead Docker's client to a machine, in the words of each shell."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from provision.cluster import tls
from provision.cluster.engine_address import engine_url
from provision.cluster.machine.found import Found

VARIABLES = ("DOCKER_TLS_VERIFY", "DOCKER_HOST", "DOCKER_CERT_PATH", "DOCKER_MACHINE_NAME")
SHELLS = ("bash", "zsh", "sh", "fish", "powershell", "cmd")


def variables(found: Found) -> dict[str, str]:
    """What Docker's client reads.

    Raises:
        UsageError: the certificates are missing, expired, or not for the machine's address.
    """
    files = tls.client_files(found.cluster, found.name)
    return {
        "DOCKER_TLS_VERIFY": "1",
        "DOCKER_HOST": engine_url(found.endpoint),
        "DOCKER_CERT_PATH": str(files.directory),
        "DOCKER_MACHINE_NAME": found.name,
    }


def without_proxy(found: Found, environment: Mapping[str, str]) -> dict[str, str]:
    """NO_PROXY with the machine's address added, in the case the environment uses."""
    name = "no_proxy" if "no_proxy" in environment else "NO_PROXY"
    hosts = [host for host in environment.get(name, "").split(",") if host]
    address = found.endpoint.address
    return {name: ",".join(hosts if address in hosts else [*hosts, address])}


def this_shell(environment: Mapping[str, str] = os.environ) -> str:
    """The shell that $SHELL names, if it is a known one; else bash."""
    name = Path(environment.get("SHELL", "bash")).name
    return name if name in SHELLS else "bash"


def set_lines(shell: str, values: Mapping[str, str]) -> list[str]:
    """Commands that set the variables."""
    setter = _SETTERS[shell]
    return [setter(name, value) for name, value in values.items()]


def unset_lines(shell: str, names: Sequence[str] = VARIABLES) -> list[str]:
    """Commands that remove the variables."""
    return [_UNSETTERS[shell].format(name) for name in names]


def usage(shell: str, command: str) -> str:
    """The comment that says how to run what is printed."""
    return _USAGE[shell].format(command)


def _powershell(name: str, value: str) -> str:
    quoted = value.replace("'", "''")
    return f"$Env:{name} = '{quoted}'"


_SETTERS: dict[str, Callable[[str, str], str]] = {
    **dict.fromkeys(("bash", "zsh", "sh"), lambda n, v: f"export {n}={shlex.quote(v)}"),
    "fish": lambda n, v: "set -gx {} '{}';".format(n, v.replace("\\", "\\\\").replace("'", "\\'")),
    "powershell": _powershell,
    "cmd": lambda n, v: f"SET {n}={v}",
}
_UNSETTERS = {
    **dict.fromkeys(("bash", "zsh", "sh"), "unset {}"),
    "fish": "set -e {};",
    "powershell": "Remove-Item Env:\\{} -ErrorAction SilentlyContinue",
    "cmd": "SET {}=",
}
_USAGE = {
    **dict.fromkeys(("bash", "zsh", "sh"), '# Run this to configure your shell:\n# eval "$({})"'),
    "fish": "# Run this to configure your shell:\n# {} | source",
    "powershell": "# Run this to configure your shell:\n# & {} | Invoke-Expression",
    "cmd": ("REM Run this to configure your shell:\nREM @FOR /f \"tokens=*\" %i IN ('{}') DO @%i"),
}

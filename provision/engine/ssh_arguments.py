"""``ansible_ssh_common_args`` and its kin, read into what a Target holds."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from provision.errors import InventoryError, did_you_mean
from provision.located import location_of

# These steer OpenSSH's own process or noise; with a session that stays open they are moot.
_MOOT = frozenset(
    {
        "batchmode",
        "compression",
        "controlmaster",
        "controlpath",
        "controlpersist",
        "gssapiauthentication",
        "identitiesonly",
        "kbdinteractiveauthentication",
        "loglevel",
        "passwordauthentication",
        "preferredauthentications",
        "pubkeyauthentication",
        "requesttty",
        "serveralivecountmax",
        "serveraliveinterval",
        "tcpkeepalive",
    }
)
_OPTIONS = {
    "connecttimeout": "connect_timeout",
    "globalknownhostsfile": "",
    "identityfile": "key_files",
    "port": "port",
    "proxyjump": "jump_hosts",
    "stricthostkeychecking": "host_key_checking",
    "userknownhostsfile": "known_hosts",
    "user": "user",
}
_FLAGS = {"-F": "ssh_config", "-i": "key_files", "-J": "jump_hosts", "-l": "user", "-p": "port"}


@dataclass(slots=True)
class SshArguments:
    """What the arguments say; None where they say nothing."""

    ssh_config: str | None = None
    key_files: tuple[str, ...] = ()
    jump_hosts: tuple[str, ...] = ()
    user: str | None = None
    port: int | None = None
    known_hosts: str | None = None
    host_key_checking: bool | None = None
    connect_timeout: float | None = None


def parse(text: Any, variable: str) -> SshArguments:
    """Read ssh's command-line options.

    Parameters:
        variable: the variable they come from, for the complaint.

    Raises:
        InventoryError: an option that the transport does not have.
    """
    at = location_of(text)
    try:
        words = shlex.split(str(text))
    except ValueError as error:
        raise InventoryError(f"{variable} cannot be read: {error}", at=at) from None
    found = SshArguments()
    rest = iter(words)
    for word in rest:
        flag, value = word[:2], word[2:]
        if word in ("-q", "-C", "-T", "-4"):
            continue
        if flag not in ("-o", *_FLAGS):
            raise InventoryError(
                f"{variable}: ssh's option {word} is not supported",
                at=at,
                hint="put it into a configuration file and name that with -F",
            )
        value = value or next(rest, "")
        if flag != "-o":
            _take(found, _FLAGS[flag], value, variable, at)
            continue
        name, _, setting = value.replace("=", " ", 1).strip().partition(" ")
        key = name.lower()
        if key in _MOOT:
            continue
        if key not in _OPTIONS:
            known = {k: k for k in (*_OPTIONS, *_MOOT)}
            raise InventoryError(
                f"{variable}: ssh's option -o {name} is not supported",
                at=at,
                hint=did_you_mean(key, known)
                or "use -o ProxyJump for jump hosts; see the inventory documentation",
            )
        _take(found, _OPTIONS[key], setting.strip(), variable, at)
    return found


def _take(found: SshArguments, field: str, value: str, variable: str, at: Any) -> None:
    if not field:
        return
    try:
        if field == "port":
            found.port = int(value)
        elif field == "connect_timeout":
            found.connect_timeout = float(value)
        elif field == "key_files":
            found.key_files = (*found.key_files, value)
        elif field == "jump_hosts":
            found.jump_hosts = tuple(hop.strip() for hop in value.split(",") if hop.strip())
        elif field == "host_key_checking":
            found.host_key_checking = value.lower() not in ("no", "off", "false")
        elif field == "known_hosts":
            # ssh takes several files, quoted where a name has a space; the first is used.
            found.known_hosts = next(iter(shlex.split(value)), None)
        else:
            setattr(found, field, value)
    except ValueError:
        raise InventoryError(f"{variable}: {value!r} is not a number", at=at) from None

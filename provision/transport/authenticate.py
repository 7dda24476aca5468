"""Proving to an SSH server who we are: keys, ssh-agent, password."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from provision.errors import Unreachable
from provision.transport.route import Hop

if TYPE_CHECKING:
    from paramiko.pkey import PKey
    from paramiko.transport import Transport

LOCKED = "needs a passphrase"
WRONG = "needs a passphrase, and the password is not it"


def authenticate(transport: Transport, hop: Hop, host: str) -> None:
    """Try the hop's keys, then ssh-agent's, then the password.

    Raises:
        Unreachable: none was accepted; it lists what was tried.
        paramiko.SSHException: the server hung up.
    """
    from paramiko.ssh_exception import AuthenticationException, BadAuthenticationType

    tried: list[str] = []
    accepted: list[str] = []
    for label, key in _keys(hop, tried):
        try:
            further = transport.auth_publickey(hop.user, key)
        except BadAuthenticationType as error:
            accepted = error.allowed_types
            break
        except AuthenticationException as error:
            if not transport.is_active():
                raise _refused(hop, host, [*tried, label], ["fewer attempts"]) from error
            tried.append(label)
            continue
        if not further:
            return
        accepted = further
        break
    if hop.password is not None:
        try:
            if not transport.auth_password(hop.user, hop.password):
                return
        except BadAuthenticationType as error:
            accepted = error.allowed_types
        except AuthenticationException:
            pass
        tried.append("the password")
    raise _refused(hop, host, tried, accepted)


def _keys(hop: Hop, tried: list[str]) -> Iterator[tuple[str, PKey]]:
    locked = False
    for path in hop.key_files:
        key, problem = _load(path, hop.password)
        if key is not None:
            yield str(path), key
        else:
            tried.append(f"{path} ({problem})")
            locked = locked or problem in (LOCKED, WRONG)
    # A key that is locked here may lie open in the agent.
    if hop.use_agent or locked:
        from paramiko.agent import Agent

        for agent_key in Agent().get_keys():
            yield f"ssh-agent's {agent_key.comment or agent_key.get_name()}", agent_key


def _load(path: Path, password: str | None) -> tuple[PKey | None, str]:
    from cryptography.exceptions import UnsupportedAlgorithm
    from paramiko.pkey import PKey, UnknownKeyType
    from paramiko.ssh_exception import PasswordRequiredException, SSHException

    # The stubs want a str, the function bytes.
    passphrases: list[Any] = [None, password.encode()] if password else [None]
    for passphrase in passphrases:
        try:
            return PKey.from_path(path, passphrase), ""
        except FileNotFoundError:
            return None, "does not exist"
        except OSError as error:
            return None, error.strerror or str(error)
        except (TypeError, PasswordRequiredException):
            continue
        except (ValueError, SSHException, UnknownKeyType, UnsupportedAlgorithm):
            if passphrase is None:
                return None, "is not a private key that can be read"
    return None, WRONG if password else LOCKED


def _refused(hop: Hop, host: str, tried: list[str], accepted: list[str]) -> Unreachable:
    offered = ", ".join(tried) if tried else "nothing: no key was found and no password given"
    wants = f" The server accepts: {', '.join(accepted)}." if accepted else ""
    return Unreachable(
        f"{hop.where}: permission denied. Tried {offered}.{wants}",
        host=host,
        hint=f"check the user name, {_let_in(hop)}, or give ansible_ssh_private_key_file; a key "
        "with a passphrase goes into ssh-agent (ssh-add)",
    )


def _let_in(hop: Hop) -> str:
    """How the first of the keys gets onto the host."""
    there = f"{hop.user}'s ~/.ssh/authorized_keys there"
    if not hop.key_files:
        return f"put a public key into {there}"
    line = f"ssh-keygen -y -f {shlex.quote(str(hop.key_files[0]))}"
    return f"put the line that `{line}` prints into {there}"

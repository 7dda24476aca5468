"""The files that let OpenSSH, and whoever reads its formats, reach a cluster's machines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from provision.machines.driver import Endpoint

_HEADER = "# Written by provision; it is written anew each time, so do not edit it.\n"


def new_private_key() -> str:
    """An ed25519 private key without passphrase, in OpenSSH's format."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    return (
        Ed25519PrivateKey.generate()
        .private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.NoEncryption(),
        )
        .decode()
    )


def public_half(private_key: str, comment: str) -> str:
    """The public key's one line.

    Raises:
        ValueError: the text is not a private key in OpenSSH's format.
    """
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_ssh_private_key(private_key.encode(), password=None)
    public = key.public_key().public_bytes(
        serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH
    )
    return f"{public.decode()} {comment}"


_PATIENCE = 3
"""Times an endpoint's connect_timeout, for people: they would rather wait than try again."""


def known_hosts_text(endpoints: Mapping[str, Endpoint]) -> str:
    """Pins each machine's keys to its name and addresses. See sshd(8), SSH_KNOWN_HOSTS."""
    lines = []
    for name, endpoint in endpoints.items():
        hosts = dict.fromkeys(
            _host_pattern(host, endpoint.port)
            for host in (name, endpoint.address, endpoint.cluster_address)
            if host
        )
        lines += [f"{','.join(hosts)} {key}\n" for key in endpoint.host_keys]
    return "".join(lines)


def ssh_config_text(endpoints: Mapping[str, Endpoint], known_hosts: Path) -> str:
    """A configuration for ``ssh -F`` that works from any directory. See ssh_config(5)."""
    blocks = [_HEADER]
    for name, endpoint in endpoints.items():
        options = {
            "HostName": endpoint.address,
            "Port": str(endpoint.port),
            "User": endpoint.user,
            "IdentityFile": _quoted(endpoint.key_file) if endpoint.key_file else None,
            "IdentitiesOnly": "yes" if endpoint.key_file else None,
            "UserKnownHostsFile": _quoted(known_hosts),
            "GlobalKnownHostsFile": "/dev/null",
            "StrictHostKeyChecking": "yes",
            # Otherwise a port that a firewall blocks is waited for as long as TCP does: minutes.
            "ConnectTimeout": str(int(_PATIENCE * endpoint.connect_timeout)),
            "ProxyJump": ",".join(endpoint.jump_hosts) or None,
            "ControlMaster": "no",
            "ControlPath": "none",
        }
        lines = [f"  {key} {value}\n" for key, value in options.items() if value is not None]
        blocks.append(f"\nHost {name}\n{''.join(lines)}")
    return "".join(blocks)


def _host_pattern(host: str, port: int) -> str:
    return host if port == 22 else f"[{host}]:{port}"


def _quoted(path: Path) -> str:
    """Paths may have spaces; a percent sign would begin one of ssh's tokens."""
    return '"' + str(path.absolute()).replace("%", "%%") + '"'

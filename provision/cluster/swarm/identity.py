"""Who a node is, by the certificate that its swarm gave it.

Only managers that answer tell which swarm they are in; every member has a certificate that does:
https://docs.docker.com/engine/swarm/how-swarm-mode-works/pki/
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from provision.errors import MachineError

CERTIFICATE = "certificates/swarm-node.crt"
"""Below the swarm's directory."""

KEY = "certificates/swarm-node.key"
"""Below the swarm's directory."""

SEALED = "ENCRYPTED PRIVATE KEY"
"""What is in the key's file if the swarm locks its managers."""

MANAGER = "swarm-manager"


@dataclass(frozen=True, slots=True)
class Identity:
    """What a certificate says.

    Parameters:
        swarm, node: the identities that the swarm gave.
        role: ``swarm-manager`` or ``swarm-worker``.
        expires: in UTC.
    """

    swarm: str
    node: str
    role: str
    expires: datetime


def identity_of(pem: bytes) -> Identity:
    """Read a node's certificate.

    Raises:
        MachineError: it is none.
    """
    from cryptography.x509 import load_pem_x509_certificates
    from cryptography.x509.oid import NameOID

    try:
        certificate = load_pem_x509_certificates(pem)[0]
    except ValueError as error:
        raise MachineError(f"a swarm node's certificate cannot be read: {error}") from error
    swarm, role, node = (
        ", ".join(str(each.value) for each in certificate.subject.get_attributes_for_oid(oid))
        for oid in (
            NameOID.ORGANIZATION_NAME,
            NameOID.ORGANIZATIONAL_UNIT_NAME,
            NameOID.COMMON_NAME,
        )
    )
    return Identity(swarm, node, role, certificate.not_valid_after_utc)

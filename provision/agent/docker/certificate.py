"""Which swarm a node's certificate is for.

Only managers tell the swarm's ID over the API. Every member, workers too, has a certificate
whose subject's organization (O) is that ID.
Source: https://docs.docker.com/engine/swarm/how-swarm-mode-works/pki/
"""

from __future__ import annotations

import hashlib
from typing import List, Optional, Tuple

_ORGANIZATION = bytes((0x55, 0x04, 0x0A))
_EXPLICIT_VERSION = 0xA0


def swarm_of_certificate(path: str) -> Optional[str]:
    """The swarm's ID from a node certificate in PEM; None where there is no readable one."""
    from ssl import PEM_cert_to_DER_cert  # 9 ms, for nodes that are in a swarm

    try:
        with open(path, encoding="ascii") as file:
            text = file.read()
        return organization(PEM_cert_to_DER_cert(_first_certificate(text)))
    except (OSError, ValueError, IndexError):
        return None


def authority_digest(path: str) -> Optional[str]:
    """The digest of the swarm's CA certificate as join tokens carry it; None where there is none.

    Source: SWMTKN-1-DIGEST-SECRET, where DIGEST is SHA-256 of the certificate's file in base 36
    (https://github.com/moby/swarmkit, ca.GenerateJoinToken).
    """
    try:
        with open(path, "rb") as file:
            number = int.from_bytes(hashlib.sha256(file.read()).digest(), "big")
    except OSError:
        return None
    digits = ""
    while number:
        number, digit = divmod(number, 36)
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"[digit] + digits
    return digits.rjust(50, "0")


def organization(der: bytes) -> Optional[str]:
    """The subject's organization of an X.509 certificate (RFC 5280, section 4.1)."""
    certificate = _items(der)[0][1]
    fields = _items(_items(certificate)[0][1])
    # [version], serial, signature, issuer, validity, subject
    first = 1 if fields[0][0] == _EXPLICIT_VERSION else 0
    for _, names in _items(fields[first + 4][1]):
        for _, pair in _items(names):
            oid, value = _items(pair)[:2]
            if oid[1] == _ORGANIZATION:
                return value[1].decode("utf-8")
    return None


def _first_certificate(text: str) -> str:
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    start = text.index(begin)
    return text[start : text.index(end, start) + len(end)] + "\n"


def _items(data: bytes) -> List[Tuple[int, bytes]]:
    """The (tag, content) pairs of a run of DER values."""
    out = []
    at = 0
    while at < len(data):
        tag, length = data[at], data[at + 1]
        at += 2
        if length & 0x80:
            size = length & 0x7F
            length = int.from_bytes(data[at : at + size], "big")
            at += size
        out.append((tag, data[at : at + length]))
        at += length
    return out

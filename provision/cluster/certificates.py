"""X.509 certificates: an authority, servers, clients, and peers that are both.

What dockerd and its clients ask of them:
https://docs.docker.com/engine/security/protect-access/
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
LEAF_DAYS = 365

# Clocks of nodes and of the controller differ a little: valid since a while ago.
_BACKDATED = timedelta(hours=1)


@dataclass(frozen=True, slots=True, repr=False)
class Pair:
    """A certificate and its private key, both PEM. Has no repr: the key is a secret.

    Parameters:
        certificate: where there are several, the first is the key's.
    """

    certificate: str
    key: str

    @property
    def expires(self) -> datetime:
        return _load(self.certificate).not_valid_after_utc

    def days_left(self, now: datetime | None = None) -> float:
        """Days until it expires; negative once it has."""
        return (self.expires - (now or datetime.now(UTC))) / timedelta(days=1)

    @property
    def names(self) -> frozenset[str]:
        """The host names and addresses that it is for."""
        try:
            found = _load(self.certificate).extensions.get_extension_for_class(
                x509.SubjectAlternativeName
            )
        except x509.ExtensionNotFound:
            return frozenset()
        names = found.value.get_values_for_type(x509.DNSName)
        addresses = found.value.get_values_for_type(x509.IPAddress)
        return frozenset([*names, *map(str, addresses)])

    def issued_by(self, authority: Pair) -> bool:
        """Whether the authority signed it."""
        try:
            _load(self.certificate).verify_directly_issued_by(_load(authority.certificate))
        except (ValueError, TypeError, InvalidSignature):
            return False
        return True


def new_authority(name: str) -> Pair:
    """A certificate authority of its own.

    Parameters:
        name: of what it is the authority, for people who look at certificates.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _name(f"{name} certificate authority")
    built = (
        _builder(subject, subject, key.public_key(), AUTHORITY_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return _pair(built, key)


def new_server(authority: Pair, names: Iterable[str]) -> Pair:
    """A server's certificate.

    Parameters:
        names: host names and IP addresses that clients may call it by; the first is its subject.
    """
    return _named(authority, names, [ExtendedKeyUsageOID.SERVER_AUTH])


def new_peer(authority: Pair, names: Iterable[str]) -> Pair:
    """As ``new_server``, for one that is a client of its likes too."""
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    return _named(authority, names, usages)


def new_client(authority: Pair, name: str) -> Pair:
    """A client's certificate; the name is for people who look at it."""
    return _leaf(authority, name, [ExtendedKeyUsageOID.CLIENT_AUTH], None)


def _named(
    authority: Pair, names: Iterable[str], purposes: Sequence[x509.ObjectIdentifier]
) -> Pair:
    every = list(dict.fromkeys(names))
    alternatives = x509.SubjectAlternativeName([_general(name) for name in every])
    return _leaf(authority, every[0], purposes, alternatives)


def _leaf(
    authority: Pair,
    subject: str,
    purposes: Sequence[x509.ObjectIdentifier],
    alternatives: x509.SubjectAlternativeName | None,
) -> Pair:
    issuer = _load(authority.certificate)
    signer = serialization.load_pem_private_key(authority.key.encode(), password=None)
    assert isinstance(signer, ec.EllipticCurvePrivateKey)
    key = ec.generate_private_key(ec.SECP256R1())
    built = (
        _builder(_name(subject), issuer.subject, key.public_key(), LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if alternatives is not None:
        built = built.add_extension(alternatives, critical=False)
    return _pair(built.sign(signer, hashes.SHA256()), key)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _BACKDATED)
        .not_valid_after(now + timedelta(days=days))
    )


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )


def _name(text: str) -> x509.Name:
    # X.520 bounds a common name at 64 characters.
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text[:64])])


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _load(pem: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(pem.encode())


def _pair(certificate: x509.Certificate, key: ec.EllipticCurvePrivateKey) -> Pair:
    return Pair(
        certificate.public_bytes(serialization.Encoding.PEM).decode(),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ).decode(),
    )

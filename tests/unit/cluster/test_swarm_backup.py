"""The file of a swarm's backup: what is told of it, and what is no backup."""

from __future__ import annotations

import dataclasses
import io
import tarfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from provision.cluster.swarm.archive import About, content, describe, pack
from provision.errors import DataError, MachineError, UsageError
from provision.inventory.vault import Vault

ABOUT = About("lab", "swarm1", "node1", "lab-node-2", "10.0.0.2", "20.10.24", "2026-01-01")


def certificate(swarm: str = "swarm1", role: str = "swarm-manager", node: str = "node1") -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, swarm),
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, role),
            x509.NameAttribute(NameOID.COMMON_NAME, node),
        ]
    )
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(Encoding.PEM)


def files() -> dict[str, bytes]:
    return {
        "swarm/docker-state.json": b"{}",
        "swarm/certificates/swarm-root-ca.crt": b"root",
        "swarm/certificates/swarm-node.crt": certificate(),
        "swarm/certificates/swarm-node.key": b"-----BEGIN EC PRIVATE KEY-----",
        "swarm/raft/wal-v3-encrypted/0000000000000000-0000000000000000.wal": b"\0" * 5000,
    }


def packed(found: dict[str, bytes], about: About = ABOUT) -> bytes:
    raw, out = io.BytesIO(), io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        for name, data in found.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    raw.seek(0)
    pack(raw, about, out)
    return out.getvalue()


def test_a_backup_tells_what_it_is_of() -> None:
    about = describe(packed(files()))
    assert about == dataclasses.replace(ABOUT, expires=about.expires)
    assert about.expires
    lines = "\n".join(about.lines())
    assert "lab-node-2 at 10.0.0.2 (node1), Docker 20.10.24" in lines
    assert "unlock key   none" in lines


def test_it_is_an_ordinary_archive_with_docker_s_directory_in_it(tmp_path: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(packed(files()))) as tar:
        assert tar.getnames()[0] == "backup.json"
        tar.extractall(tmp_path, filter="data")
    assert (tmp_path / "swarm" / "docker-state.json").read_bytes() == b"{}"


def test_a_key_that_is_encrypted_means_that_the_swarm_locks_its_managers() -> None:
    found = files()
    found["swarm/certificates/swarm-node.key"] = b"-----BEGIN ENCRYPTED PRIVATE KEY-----"
    assert describe(packed(found)).locked


def _without(name: str) -> Callable[[dict[str, bytes]], None]:
    def change(found: dict[str, bytes]) -> None:
        del found[next(key for key in found if key.endswith(name))]

    return change


def _certified(pem: bytes) -> Callable[[dict[str, bytes]], None]:
    def change(found: dict[str, bytes]) -> None:
        found["swarm/certificates/swarm-node.crt"] = pem

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_without(".wal"), "lacks swarm/raft/wal-v3-encrypted"),
        (_without("swarm-node.key"), "lacks swarm/certificates/swarm-node.key"),
        (_certified(certificate(swarm="swarm2")), "certificate of swarm-manager node1 of swarm2"),
        (_certified(certificate(role="swarm-worker")), "certificate of swarm-worker"),
        (_certified(b"none"), "cannot be read"),
    ],
)
def test_what_is_not_whole_or_of_another_is_named(
    change: Callable[[dict[str, bytes]], None], message: str
) -> None:
    found = files()
    change(found)
    with pytest.raises(MachineError, match=message):
        describe(packed(found))


def test_damage_is_noticed_wherever_it_is() -> None:
    whole = packed(files())
    for broken in (b"", b"text", whole[: len(whole) // 2], whole[:-4]):
        with pytest.raises(MachineError, match="damaged"):
            describe(broken)


def test_an_archive_made_by_hand_is_told_apart() -> None:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w:gz") as tar:
        tar.addfile(tarfile.TarInfo("swarm/state.json"))
    with pytest.raises(MachineError, match="no backup of `provision swarm backup`"):
        describe(raw.getvalue())


def test_an_encrypted_one_needs_its_password(tmp_path: Path) -> None:
    whole = packed(files())
    file = tmp_path / "backup"
    file.write_text(Vault({"default": "right"}).encrypt(whole))
    assert content(file, Vault({"default": "right"})) == whole
    with pytest.raises(DataError, match="no vault password was given"):
        content(file)
    with pytest.raises(DataError, match="no vault password decrypts"):
        content(file, Vault({"default": "wrong"}))
    with pytest.raises(UsageError, match="cannot read"):
        content(tmp_path / "absent")

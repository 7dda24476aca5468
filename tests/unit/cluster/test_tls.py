"""Certificates: what they are for, when they are made anew, what clients are told."""

from __future__ import annotations

import dataclasses
import socket
import ssl
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from provision.cluster import certificates, tls
from provision.cluster.cluster import Cluster
from provision.cluster.named import FIRST_NAMED, Named
from provision.cluster.shape import Shape
from provision.cluster.sharing.grants import SPARES
from provision.errors import UsageError
from provision.machines.driver import Endpoint
from tests.unit.cluster.static_cluster import static_cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    named = Named("web-1", FIRST_NAMED, "static", tls_sans=("web.example",))
    endpoints = {
        "lab-node-1": Endpoint("10.0.0.1", "root", cluster_address="10.0.0.1"),
        "web-1": Endpoint("127.0.0.1", "vagrant", 2222, cluster_address="10.0.0.9"),
    }
    return static_cluster(tmp_path, endpoints, Shape(nodes=1, managers=1, named=(named,)))


def test_a_server_certificate_serves_and_the_client_one_is_accepted(tmp_path: Path) -> None:
    """Real handshakes, with the standard library on both sides."""
    authority = certificates.new_authority("lab")
    paths = {}
    for name, pair in (
        ("server", certificates.new_server(authority, ["localhost", "127.0.0.1"])),
        ("client", certificates.new_client(authority, "me")),
    ):
        paths[name] = (tmp_path / f"{name}.pem", tmp_path / f"{name}-key.pem")
        paths[name][0].write_text(pair.certificate)
        paths[name][1].write_text(pair.key)
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cadata=authority.certificate)
    served.verify_mode = ssl.CERT_REQUIRED
    served.load_cert_chain(*paths["server"])
    asking = ssl.create_default_context(cadata=authority.certificate)
    asking.load_cert_chain(*paths["client"])
    for host in ("localhost", "127.0.0.1"):
        ours, theirs = socket.socketpair()
        answer = threading.Thread(
            target=lambda sock=theirs: served.wrap_socket(sock, server_side=True).sendall(b"hello")
        )
        answer.start()
        with asking.wrap_socket(ours, server_hostname=host) as connection:
            assert connection.recv(5) == b"hello"
        answer.join()
    ours, theirs = socket.socketpair()
    swapped = ssl.create_default_context(cadata=authority.certificate)

    def serve() -> None:
        # Refuses: a server's certificate is not a client's.
        with pytest.raises(ssl.SSLError):
            served.wrap_socket(theirs, server_side=True)
        theirs.close()

    swapped.load_cert_chain(*paths["server"])
    answer = threading.Thread(target=serve)
    answer.start()
    with pytest.raises((ssl.SSLError, OSError)):
        connection = swapped.wrap_socket(ours, server_hostname="localhost")
        if not connection.recv(5):
            raise OSError("closed")
    answer.join()


def test_keys_have_no_repr() -> None:
    pair = certificates.new_authority("lab")
    assert "KEY" not in repr(pair)


def test_files_are_made_once_and_private(cluster: Cluster) -> None:
    issued = tls.ensure(cluster)
    assert issued == tls.Issued(True, True, ["lab-node-1", "web-1"])
    files = tls.TlsFiles.of(cluster.store)
    every = list(files.directory.rglob("*.pem"))
    assert len(every) == 8 + 1 + 2 * SPARES
    assert all(path.stat().st_mode & 0o077 == 0 for path in every)
    before = {path: path.read_text() for path in every}
    assert tls.ensure(cluster) == tls.Issued(False, False, [])
    assert {path: path.read_text() for path in every} == before


def test_an_address_that_changed_is_noticed(cluster: Cluster) -> None:
    tls.ensure(cluster)
    old = cluster.endpoints["lab-node-1"]
    cluster.endpoints["lab-node-1"] = dataclasses.replace(old, address="10.0.0.7")
    with pytest.raises(UsageError, match=r"is not for 10\.0\.0\.7") as caught:
        tls.client_files(cluster, "lab-node-1")
    assert caught.value.hint == "provision machine regenerate-certs lab-node-1"
    assert tls.ensure(cluster).servers == ["lab-node-1"]
    assert tls.client_files(cluster, "lab-node-1")


def test_certificates_are_renewed_before_they_expire(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(certificates, "LEAF_DAYS", int(tls.RENEW_BEFORE) - 1)
    tls.ensure(cluster)
    monkeypatch.undo()
    assert tls.ensure(cluster) == tls.Issued(False, True, ["lab-node-1", "web-1"])


def test_an_expired_certificate_is_said(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "LEAF_DAYS", -3)
    monkeypatch.setattr(certificates, "_BACKDATED", timedelta(days=9))
    tls.ensure(cluster)
    with pytest.raises(UsageError, match="the client expired 3 days ago"):
        tls.client_files(cluster, "web-1")


def test_a_new_authority_renews_everything(cluster: Cluster) -> None:
    tls.ensure(cluster)
    assert tls.ensure(cluster, renew_client=True) == tls.Issued(True, True, ["lab-node-1", "web-1"])
    assert tls.ensure(cluster, renew=["web-1"]) == tls.Issued(False, False, ["web-1"])


def test_names_hold_what_clients_call_a_machine(cluster: Cluster) -> None:
    assert tls.server_names(cluster, "web-1") == [
        *("web-1", "127.0.0.1", "10.0.0.9", "localhost", "web.example")
    ]


def test_days_left() -> None:
    pair = certificates.new_client(certificates.new_authority("lab"), "me")
    now = datetime.now(UTC)
    assert round(pair.days_left(now)) == certificates.LEAF_DAYS
    assert pair.days_left(now + timedelta(days=certificates.LEAF_DAYS + 2)) < -1

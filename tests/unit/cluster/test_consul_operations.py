"""Consul's certificates, how it is reached, and what operations refuse."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
import yaml
from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID

from provision.cluster.cluster import Cluster
from provision.cluster.consul import access, certificates
from provision.cluster.consul.recover import Loss
from provision.cluster.consul.upgrade import upgrade
from provision.cluster.shape import Shape
from provision.cluster.tls import TlsFiles
from provision.errors import UsageError
from provision.machines.driver import Endpoint
from provision.verify.probes.base import Node
from tests.unit.cluster.static_cluster import static_cluster


@pytest.fixture
def cluster(tmp_path: Path) -> Cluster:
    endpoints = {
        f"lab-node-{n}": Endpoint(f"192.0.2.{n}", "root", cluster_address=f"10.0.0.{n}")
        for n in (1, 2, 3, 4)
    }
    made = static_cluster(tmp_path, endpoints, Shape(nodes=4, managers=3))
    made.save()
    return made


def variables(cluster: Cluster) -> dict[str, object]:
    text = (cluster.store.directory / "group_vars" / "all" / "consul.yml").read_text()
    return dict(yaml.safe_load(text))


def test_servers_get_certificates_that_serve_and_ask_in_consuls_names(cluster: Cluster) -> None:
    assert certificates.ensure(cluster) == ["lab-node-1", "lab-node-2", "lab-node-3"]
    files = certificates.files_of(cluster.store)
    pair, authority = files.read(files.server("lab-node-2")), files.read(files.authority)
    assert pair is not None and authority is not None
    assert pair.issued_by(authority)
    assert {"server.dc1.consul", "localhost", "127.0.0.1", "10.0.0.2", "192.0.2.2"} <= pair.names
    loaded = x509.load_pem_x509_certificate(pair.certificate.encode())
    purposes = loaded.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert set(purposes) == {ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH}
    assert files.read(files.server("lab-node-4")) is None
    assert variables(cluster) == {
        "consul_secure": True,
        "consul_tls_files": str(files.directory),
    }
    for path in files.directory.rglob("*.pem"):
        assert path.stat().st_mode & 0o077 == 0


def test_what_is_good_is_kept_and_what_does_not_fit_is_made_anew(cluster: Cluster) -> None:
    certificates.ensure(cluster)
    assert certificates.ensure(cluster) == []
    own = cluster.store.secrets.with_name("own.yml")
    own.write_text("consul_datacenter: fra1\n")
    assert len(certificates.ensure(cluster)) == 3
    files = certificates.files_of(cluster.store)
    pair = files.read(files.server("lab-node-1"))
    assert pair is not None and "server.fra1.consul" in pair.names
    cluster.endpoints["lab-node-3"] = Endpoint("192.0.2.9", "root", cluster_address="10.0.0.3")
    assert certificates.ensure(cluster) == ["lab-node-3"]
    assert len(certificates.ensure(cluster, renew=True)) == 3
    assert {e.what for e in certificates.expiries(cluster)} >= {"Consul's authority"}


def test_a_lab_has_none(cluster: Cluster) -> None:
    cluster.shape = dataclasses.replace(cluster.shape, insecure_consul=True)
    assert not certificates.ensure(cluster)
    assert variables(cluster) == {"consul_secure": False}
    assert certificates.expiries(cluster) == []
    with pytest.raises(UsageError, match="loopback only"):
        access.variables(cluster, None)


def test_an_inventory_of_ones_own_gets_a_folder(tmp_path: Path) -> None:
    inventory = tmp_path / "hosts.yml"
    document = {
        "consul_servers": {
            "hosts": {"alpha": {"ansible_host": "alpha.example", "cluster_address": "10.1.0.1"}},
            "vars": {"consul_datacenter": "fra1"},
        }
    }
    inventory.write_text(yaml.safe_dump(document))
    folder = tmp_path / "tls"
    assert certificates.issue_for_inventory(folder, [str(inventory)]) == ["alpha"]
    assert certificates.issue_for_inventory(folder, [str(inventory)]) == []
    files = TlsFiles(folder)
    pair = files.read(files.server("alpha"))
    assert pair is not None
    assert {"server.fra1.consul", "alpha.example", "10.1.0.1"} <= pair.names
    assert (folder / "ca-key.pem").stat().st_mode & 0o077 == 0
    inventory.write_text("web: {hosts: {a: {}}}")
    with pytest.raises(UsageError, match="no consul_servers"):
        certificates.issue_for_inventory(folder, [str(inventory)])


def test_the_environment_leads_to_a_server_and_hides_the_token(cluster: Cluster) -> None:
    certificates.ensure(cluster)
    values = access.variables(cluster, "2")
    assert values["CONSUL_HTTP_ADDR"] == "https://192.0.2.2:8501"
    file = Path(values["CONSUL_HTTP_TOKEN_FILE"])
    assert file.stat().st_mode & 0o077 == 0
    assert cluster.consul is not None
    assert file.read_text() == cluster.consul.operator
    inline = access.variables(cluster, None, management=True, inline=True)
    assert inline["CONSUL_HTTP_TOKEN"] == cluster.consul.management
    assert "CONSUL_HTTP_TOKEN_FILE" not in inline
    with pytest.raises(UsageError, match="lab-node-4 is a Consul client"):
        access.variables(cluster, "4")
    with pytest.raises(UsageError, match="no node 'lab-node-x'"):
        access.variables(cluster, "lab-node-x")


def test_tokens_are_not_in_representations(cluster: Cluster) -> None:
    assert cluster.consul is not None
    assert cluster.consul.seed not in repr(cluster.consul)
    assert cluster.store.read_secrets()["consul_acl_seed"] == cluster.consul.seed


def test_what_recovering_gives_up_is_said() -> None:
    left, gone = (Node(f"n{n}", f"10.0.0.{n}", "manager", "server") for n in (1, 2))
    said = "\n".join(Loss([(left, "id")], [(gone, "cannot be reached")]).lines())
    assert "left: n1" in said
    assert "given up: n2 (cannot be reached)" in said
    assert "must not come back with its old data" in said
    whole = "\n".join(Loss([(left, "id")], []).lines())
    assert "lost" not in whole


def test_an_older_version_is_refused_before_anything_is_done(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    from provision.cluster.consul import upgrade as module

    monkeypatch.setattr(module, "versions", lambda view: {"n1": "1.10.2", "n2": "1.9.17"})
    told: list[str] = []

    class Work:
        view = None

        def __init__(self, cluster: Cluster) -> None:
            self.cluster, self.say = cluster, told.append

        def require(self, probes: object) -> None:
            told.append(f"{len(list(probes))} probes")  # type: ignore[call-overload]

    with pytest.raises(UsageError, match=r"Consul 1\.9\.17 is older than 1\.10\.2"):
        upgrade(Work(cluster), {"consul_version": "1.9.17"})  # type: ignore[arg-type]
    assert json.dumps(told).endswith('probes"]')

"""From one workspace into another: what goes along, what stays, what is refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.consul import certificates as consul_certificates
from provision.cluster.down import down
from provision.cluster.sharing import sealed
from provision.cluster.sharing.bundle import SECRETS, Bundle
from provision.cluster.sharing.exporting import export
from provision.cluster.sharing.grants import Grants
from provision.cluster.sharing.importing import import_cluster
from provision.errors import DataError, UsageError
from provision.inventory import load_inventory
from tests.unit.cluster.sharing.conftest import Make

PASSPHRASE = "correct horse battery"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealed, "_COST", {"n": 1 << 10, "r": 8, "p": 1})


def exported(cluster: Cluster, person: str | None = None) -> str:
    return export(cluster.store.directory.parent.parent, "lab", PASSPHRASE, person).text


def files_of(cluster: Cluster) -> set[str]:
    root = cluster.store.directory
    return {path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()}


def test_an_imported_cluster_has_the_same_nodes_in_the_same_roles(
    cluster: Cluster, tmp_path: Path
) -> None:
    done = import_cluster(tmp_path / "there", exported(cluster), PASSPHRASE)
    assert done.cluster.nodes == cluster.nodes
    assert done.keyless == ["web-1"]
    node, web = (done.cluster.endpoints[name] for name in ("lab-node-1", "web-1"))
    assert node.key_file == done.cluster.store.private_key
    assert node.key_file.read_text() == cluster.store.private_key.read_text()
    assert node.host_keys == cluster.endpoints["lab-node-1"].host_keys
    assert web.key_file is None
    assert done.cluster.store.known_hosts.read_text() == cluster.store.known_hosts.read_text()
    assert done.cluster.store.read_secrets() == cluster.store.read_secrets()
    hosts = load_inventory([str(done.cluster.store.inventory)]).hosts
    assert sorted(hosts) == sorted(cluster.endpoints)
    assert tls.client_files(done.cluster, "web-1")


def test_authorities_keys_and_the_identity_stay_at_home(cluster: Cluster, tmp_path: Path) -> None:
    done = import_cluster(tmp_path / "there", exported(cluster), PASSPHRASE)
    found = files_of(done.cluster)
    assert not {path for path in found if path.endswith("-key.pem")}
    assert {"tls/cert.pem", "tls/key.pem", "consul/cert.pem", "imported.json"} <= found
    there = done.cluster.store
    assert there.ensure_identity() != cluster.store.ensure_identity()
    for ensure in (tls.ensure, consul_certificates.ensure):
        with pytest.raises(UsageError, match="the key of the authority"):
            ensure(done.cluster)


def test_files_are_private(cluster: Cluster, tmp_path: Path) -> None:
    done = import_cluster(tmp_path / "there", exported(cluster), PASSPHRASE)
    for name in files_of(done.cluster):
        mode = (done.cluster.store.directory / name).stat().st_mode
        assert mode & 0o077 == 0, name


def test_what_changes_nodes_is_refused_naming_the_home(cluster: Cluster, tmp_path: Path) -> None:
    there = tmp_path / "there"
    store = import_cluster(there, exported(cluster), PASSPHRASE).cluster.store
    home = f"imported.*:{cluster.store.directory.parent.parent}"
    with pytest.raises(UsageError, match=home), store.lock():
        pass
    with pytest.raises(UsageError, match="was imported"):
        export(there, "lab", PASSPHRASE)


def test_down_only_forgets(cluster: Cluster, tmp_path: Path) -> None:
    there = tmp_path / "there"
    store = import_cluster(there, exported(cluster), PASSPHRASE).cluster.store
    said: list[str] = []
    assert down(there, "lab", say=lambda _, line: said.append(line)) == []
    assert "stay as they are" in said[0]
    assert not store.directory.exists()
    assert cluster.store.state_file.exists()


def test_a_person_gets_their_own_keys_and_nobody_elses(cluster: Cluster, tmp_path: Path) -> None:
    grant = Grants(cluster.store).add("ci")
    tls.ensure(cluster)
    done = import_cluster(tmp_path / "there", exported(cluster, "ci"), PASSPHRASE)
    there = tls.TlsFiles.of(done.cluster.store)
    for mine, theirs in zip(there.client, grant.certificate, strict=True):
        assert mine.read_text() == theirs.read_text()
    assert done.cluster.store.private_key.read_text() == grant.private_key.read_text()
    assert not done.keyless
    text = "".join((done.cluster.store.directory / f).read_text() for f in files_of(done.cluster))
    for secret in (
        cluster.store.private_key,
        tls.TlsFiles.of(cluster.store).client[1],
        tls.TlsFiles.of(cluster.store).authority[1],
        consul_certificates.files_of(cluster.store).authority[1],
        grant.folder / "ca-key.pem",
    ):
        assert secret.read_text() not in text, secret


def test_a_key_that_somebody_brought_is_found_or_said(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIKQtxZ5kMATEsmSbDZ7yIbrXVIRA8sJ6/KeT4Bbilpay"
    Grants(cluster.store).add("ann", [key])
    text = exported(cluster, "ann")
    monkeypatch.setenv("HOME", str(tmp_path))
    done = import_cluster(tmp_path / "there", text, PASSPHRASE)
    assert len(done.keyless) == 4
    ssh = tmp_path / ".ssh"
    ssh.mkdir()
    (ssh / "mine").write_text("")
    (ssh / "mine.pub").write_text(f"{key} ann@laptop\n")
    again = import_cluster(tmp_path / "there", text, PASSPHRASE)
    assert {end.key_file for end in again.cluster.endpoints.values()} == {ssh / "mine"}
    other = tmp_path / "other"
    other.write_text("")
    said = import_cluster(tmp_path / "there", text, PASSPHRASE, ssh_key=other)
    assert {end.key_file for end in said.cluster.endpoints.values()} == {other}
    with pytest.raises(UsageError, match="there is no private key"):
        import_cluster(tmp_path / "there", text, PASSPHRASE, ssh_key=tmp_path / "none")


def test_another_cluster_of_that_name_is_never_written_over(
    cluster: Cluster, tmp_path: Path, make_cluster: Make
) -> None:
    other = make_cluster(tmp_path / "there")
    before = {name: (other.store.directory / name).read_bytes() for name in files_of(other)}
    for take_over in (False, True):
        with pytest.raises(UsageError, match="another cluster 'lab', which is at home here"):
            import_cluster(tmp_path / "there", exported(cluster), PASSPHRASE, take_over=take_over)
    # Nor one that was imported.
    import_cluster(tmp_path / "third", exported(cluster), PASSPHRASE)
    with pytest.raises(UsageError, match="another cluster 'lab', imported from"):
        import_cluster(tmp_path / "third", exported(other), PASSPHRASE)
    assert before == {name: (other.store.directory / name).read_bytes() for name in before}


def test_the_home_itself_has_nothing_to_import(cluster: Cluster, tmp_path: Path) -> None:
    text = exported(cluster)
    with pytest.raises(UsageError, match="is at home here"):
        import_cluster(tmp_path / "home", text, PASSPHRASE)
    with pytest.raises(UsageError, match="this is cluster 'lab', not 'web'"):
        import_cluster(tmp_path / "there", text, PASSPHRASE, expected="web")


def test_a_newer_export_replaces_an_older_one(cluster: Cluster, tmp_path: Path) -> None:
    import_cluster(tmp_path / "there", exported(cluster), PASSPHRASE)
    moved = dataclasses.replace(cluster.endpoints["web-1"], address="192.0.2.10")
    cluster.endpoints["web-1"] = moved
    cluster.save()
    done = import_cluster(tmp_path / "there", exported(cluster), PASSPHRASE)
    assert done.cluster.endpoints["web-1"].address == "192.0.2.10"


def test_taking_over_brings_everything(cluster: Cluster, tmp_path: Path) -> None:
    Grants(cluster.store).add("ci")
    tls.ensure(cluster)
    own = tmp_path / "own"
    own.write_text("")
    text = exported(cluster)
    done = import_cluster(tmp_path / "there", text, PASSPHRASE, take_over=True, ssh_key=own)
    there = done.cluster
    assert list(done.admitted) == ["ci"]
    assert there.store.ensure_identity() == cluster.store.ensure_identity()
    assert there.driver.name == cluster.driver.name
    assert there.nodes == cluster.nodes
    assert there.endpoints["web-1"].key_file == own
    assert there.shape.named[0].options["key"] == str(own)
    assert tls.ensure(there) == tls.Issued(False, False, [])
    assert not there.store.imported.exists()
    with pytest.raises(UsageError, match="ci's access to cluster 'lab': it cannot be taken over"):
        import_cluster(tmp_path / "more", exported(cluster, "ci"), PASSPHRASE, take_over=True)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"files": {"../../outside": "x"}}, "does not belong there"),
        ({"files": {"tls/../../outside": "x"}}, "does not belong there"),
        ({"files": {"/etc/passwd": "x"}}, "does not belong there"),
        ({"files": {"group_vars/all/evil.yml": "x"}}, "does not belong there"),
        ({"files": {SECRETS: 'a: \'{{ lookup("pipe", "id") }}\''}}, "not plain texts"),
        ({"files": {SECRETS: "- a"}}, "not plain texts"),
        ({"files": {SECRETS: "a: [1]"}}, "not plain texts"),
        ({"ssh_keys": None}, "does not hold what it should"),
        ({"origin": {}}, "does not hold what it should"),
        ({"state": "{}"}, "does not hold what it should"),
    ],
)
def test_an_export_that_holds_something_else_is_refused(
    cluster: Cluster, tmp_path: Path, change: dict[str, object], message: str
) -> None:
    document = json.loads(sealed.unseal(exported(cluster), PASSPHRASE))
    text = sealed.seal(json.dumps({**document, **change}).encode(), PASSPHRASE)
    with pytest.raises(DataError, match=message):
        import_cluster(tmp_path / "there", text, PASSPHRASE)
    assert not (tmp_path / "there").exists()


@pytest.mark.parametrize(
    "change",
    [
        {"address": "x\n  ProxyCommand rm"},
        {"address": "-oProxyCommand=x"},
        {"user": "-l"},
        {"host_keys": ["ssh-ed25519 AAAA\nhost key"]},
        {"jump_hosts": ["a,b c"]},
        {"port": "22\n"},
    ],
)
def test_an_endpoint_cannot_write_into_sshs_files(cluster: Cluster, change: object) -> None:
    document = json.loads(sealed.unseal(exported(cluster), PASSPHRASE))
    state = json.loads(document["state"])
    state["machines"]["lab-node-1"]["endpoint"].update(change)
    document["state"] = json.dumps(state)
    with pytest.raises(DataError, match="cannot be written down"):
        Bundle.load(json.dumps(document).encode())

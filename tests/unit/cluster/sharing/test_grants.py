"""Grants in a cluster's files: who has what, and what revoking one of them leaves to the others."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
import yaml

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.sharing import ssh_keys
from provision.cluster.sharing.grants import SPARES, Grants
from provision.errors import UsageError


@pytest.fixture
def key_of_ann(tmp_path: Path) -> Path:
    make = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann@laptop", "-f"]
    subprocess.run([*make, str(tmp_path / "ann")], check=True)
    return tmp_path / "ann.pub"


def accepted(cluster: Cluster) -> str:
    tls.ensure(cluster)
    return tls.TlsFiles.of(cluster.store).accepted.read_text()


def let_in(cluster: Cluster) -> list[str]:
    text = cluster.store.secrets.with_name("access.yml").read_text()
    return [entry["name"] for entry in yaml.safe_load(text)["access_keys"]]


def test_letting_somebody_in_changes_nothing_that_engines_read(
    cluster: Cluster, key_of_ann: Path
) -> None:
    before = accepted(cluster)
    assert before.count("BEGIN CERTIFICATE") == 1 + SPARES
    Grants(cluster.store).add("ann", ssh_keys.read(key_of_ann))
    assert sorted(accepted(cluster).split("-----")) == sorted(before.split("-----"))
    assert let_in(cluster) == ["ann"]


def test_revoking_takes_away_one_authority_and_no_other(cluster: Cluster) -> None:
    grants = Grants(cluster.store)
    for name in ("ann", "ci"):
        grants.add(name)
    before = accepted(cluster)
    ann = grants.find("ann")
    authority = (ann.folder / "ca.pem").read_text()
    grants.mark_revoked(ann)
    after = accepted(cluster)
    assert authority in before
    assert authority not in after
    assert before.count("BEGIN") - after.count("BEGIN") == 1
    assert let_in(cluster) == ["ci"]
    with pytest.raises(UsageError, match="not finished"):
        grants.add("ann")
    grants.forget(ann)
    assert [grant.name for grant in grants.every()] == ["ci"]
    grants.add("ann")
    assert authority not in accepted(cluster)


def test_more_people_than_spares_each_have_an_authority_of_their_own(cluster: Cluster) -> None:
    grants = Grants(cluster.store)
    names = [f"p{n}" for n in range(SPARES + 2)]
    folders = [grants.add(name).folder for name in names]
    assert len({(folder / "ca.pem").read_text() for folder in folders}) == len(names)
    assert all((folder / "ca.pem").read_text() in accepted(cluster) for folder in folders)


def test_a_certificate_stays_until_it_expires_soon(
    cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    grants = Grants(cluster.store)
    monkeypatch.setattr("provision.cluster.certificates.LEAF_DAYS", 20)
    first = grants.add("ann").certificate[0].read_text()
    key = grants.find("ann").ssh_keys
    monkeypatch.undo()
    again = grants.add("ann")
    assert again.certificate[0].read_text() != first
    assert again.ssh_keys == key
    assert grants.add("ann").certificate[0].read_text() == again.certificate[0].read_text()


def test_one_key_has_one_name(cluster: Cluster, key_of_ann: Path, tmp_path: Path) -> None:
    grants, keys = Grants(cluster.store), ssh_keys.read(key_of_ann)
    grants.add("ann", keys)
    with pytest.raises(UsageError, match="belongs to ann already"):
        grants.add("bob", keys)
    own = tmp_path / "own.pub"
    own.write_text(cluster.store.ensure_keypair())
    with pytest.raises(UsageError, match="belongs to the cluster itself"):
        grants.add("bob", ssh_keys.read(own))


@pytest.mark.parametrize("name", ["", "-x", "../up", "a/b", ".hidden", "a b", "x" * 65])
def test_impossible_names(cluster: Cluster, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be a name"):
        Grants(cluster.store).add(name)


def test_keys_are_read_as_people_hand_them_over(key_of_ann: Path, tmp_path: Path) -> None:
    (key,) = ssh_keys.read(key_of_ann)
    assert ssh_keys.shown(key).startswith("ED25519 SHA256:")
    assert ssh_keys.private_half([key], tmp_path) == tmp_path / "ann"
    with pytest.raises(UsageError, match="is a private key"):
        ssh_keys.read(key_of_ann.with_suffix(""))
    for text in ("hello", f'command="rm" {key}', "ssh-ed25519 AAAA", "# only a comment"):
        (tmp_path / "odd.pub").write_text(text + "\n")
        with pytest.raises(UsageError):
            ssh_keys.read(tmp_path / "odd.pub")


def test_files_are_private(cluster: Cluster) -> None:
    folder = Grants(cluster.store).add("ann").folder
    assert all(path.stat().st_mode & 0o077 == 0 for path in folder.iterdir())

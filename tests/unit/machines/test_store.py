"""A cluster's directory: whole files, closed to others, understood by OpenSSH."""

from __future__ import annotations

import os
import re
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from provision.errors import DataError, UsageError
from provision.machines.driver import Endpoint, MachineSpec
from provision.machines.store import ClusterState, ClusterStore, MachineRecord

KEYS = ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPCTIbMbmwZFIdOOAJCxA4QtVW+MgdtR6QLtAuFafRFr",)


@pytest.fixture
def store(tmp_path: Path) -> ClusterStore:
    return ClusterStore(tmp_path / "with space" / ".provision", "lab")


def endpoint(store: ClusterStore, port: int = 22) -> Endpoint:
    return Endpoint(
        "192.0.2.11",
        "root",
        port=port,
        key_file=store.private_key,
        cluster_address="10.9.0.11",
        host_keys=KEYS,
    )


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    "name", ["", "-a", "a-", "a_b", "A", "a.b", "../x", "a/b", "a\n", "x" * 41, "é"]
)
def test_names_that_no_host_could_have_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="cannot be named"):
        ClusterStore(tmp_path, name)


@pytest.mark.parametrize("name", ["a", "7", "swarm", "a-b", "x" * 40])
def test_names_that_hosts_have(tmp_path: Path, name: str) -> None:
    assert ClusterStore(tmp_path, name).directory == tmp_path / "clusters" / name


def test_state_comes_back_as_it_was(store: ClusterStore) -> None:
    assert store.read() is None
    spec = MachineSpec("lab-node-1", 1, cpus=0.5, disk=20)
    state = ClusterState(
        "lab",
        "docker",
        {"privileged": "no"},
        "172.30.1.0/24",
        {"nodes": 1, "subnet": None},
        {spec.name: MachineRecord(spec, endpoint(store))},
    )
    store.write(state)
    assert store.read() == state
    assert mode(store.directory) == 0o700
    assert mode(store.state_file) == 0o600


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"{}",
        b"[]",
        b"null",
        b"\xff",
        b'{"version": 1}',
        b'{"cluster": "a", "driver": "docker"}',
        b'{"version":1,"cluster":"a","odd":2}',
        b'{"version":1,"cluster":"a","driver":null}',
        b'{"version":1,"cluster":"a","driver":"docker","shape":[]}',
    ],
)
def test_damaged_state_says_where_and_how_to_go_on(store: ClusterStore, content: bytes) -> None:
    store.write(ClusterState("lab", "docker"))
    store.state_file.write_bytes(content)
    with pytest.raises(DataError, match="damaged") as caught:
        store.read()
    assert str(store.state_file) in str(caught.value.at)
    assert "labels" in (caught.value.hint or "")


def test_state_of_a_later_version_is_not_guessed_at(store: ClusterStore) -> None:
    store.write(ClusterState("lab", "docker"))
    store.state_file.write_text('{"version": 99, "anything": 1}')
    with pytest.raises(DataError, match="later provision"):
        store.read()


def test_a_failing_write_leaves_the_old_file_and_no_litter(store: ClusterStore) -> None:
    store.write(ClusterState("lab", "docker"))
    with pytest.raises(TypeError):
        store.write(ClusterState("lab", "docker", shape={"odd": object()}))
    with pytest.raises(UnicodeEncodeError):
        store.write_inventory("\udc80")
    assert store.read() == ClusterState("lab", "docker")
    assert [path.name for path in store.directory.iterdir()] == ["state.json"]


def test_names_are_those_with_a_state(tmp_path: Path) -> None:
    for name in ("b", "a"):
        ClusterStore(tmp_path, name).write(ClusterState(name, "docker"))
    with ClusterStore(tmp_path, "only-locked").lock():
        assert ClusterStore.names(tmp_path) == ["a", "b"]
    ClusterStore(tmp_path, "a").remove()
    ClusterStore(tmp_path, "a").remove()
    assert ClusterStore.names(tmp_path) == ["b"]
    assert ClusterStore.names(tmp_path / "none") == []


_HOLD = """
import sys, time
from pathlib import Path
from provision.machines.store import ClusterStore
with ClusterStore(Path(sys.argv[1]), "lab").lock():
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_names_its_holder_and_dies_with_it(store: ClusterStore) -> None:
    root = store.directory.parent.parent
    command = [sys.executable, "-c", _HOLD, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(UsageError, match=f"process {holder.pid}\\b"), store.lock():
            pass
        holder.kill()
    end = time.monotonic() + 10
    while True:
        try:
            with store.lock():
                break
        except UsageError:
            assert time.monotonic() < end
            time.sleep(0.05)


def test_the_lock_outlives_the_removal_of_the_cluster(store: ClusterStore) -> None:
    with store.lock():
        store.remove()
    busy = pytest.raises(UsageError, match=f"process {os.getpid()}\\b")
    with store.lock(), busy, store.lock():
        pass


def test_nothing_stays_of_a_cluster_that_was_refused(tmp_path: Path) -> None:
    root = tmp_path / ".provision"
    refused = ClusterStore(root, "lab")
    with pytest.raises(UsageError, match="no"), refused.lock():
        refused.ensure_keypair()
        raise UsageError("no")
    assert list(tmp_path.iterdir()) == []
    root.mkdir()
    with refused.lock():
        pass
    assert list(tmp_path.iterdir()) == [root], "it was there before"
    with refused.lock():
        refused.write(ClusterState("lab", "docker"))
    kept = refused.ensure_keypair()
    refused.forget_state()
    with refused.lock():
        pass
    assert refused.ensure_keypair() == kept, "the keys outlive a lost state"


def test_the_identity_is_random_and_outlives_the_state(store: ClusterStore) -> None:
    identity = store.ensure_identity()
    store.write(ClusterState("lab", "docker"))
    store.forget_state()
    assert store.read() is None
    assert store.ensure_identity() == identity
    assert mode(store.identity_file) == 0o600
    store.remove()
    assert store.ensure_identity() not in ("", identity)


def test_the_key_pair_is_made_once_and_is_openssh(store: ClusterStore) -> None:
    public = store.ensure_keypair()
    assert store.ensure_keypair() == public
    assert re.fullmatch(r"ssh-ed25519 \S+ provision-lab", public)
    assert mode(store.private_key) == 0o600
    derived = subprocess.run(
        ["ssh-keygen", "-y", "-P", "", "-f", str(store.private_key)],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert derived.split()[:2] == public.split()[:2]
    store.public_key.unlink()
    assert store.ensure_keypair() == public, "derived from the private half"
    store.private_key.unlink()
    assert store.ensure_keypair() != public, "another pair"
    store.private_key.write_text("rubbish")
    store.public_key.unlink()
    with pytest.raises(DataError, match="damaged"):
        store.ensure_keypair()


def test_openssh_reads_the_configuration(store: ClusterStore) -> None:
    store.write_ssh_config({"lab-node-1": endpoint(store, port=2200)})
    asked = ["ssh", "-G", "-F", str(store.ssh_config), "lab-node-1"]
    answer = subprocess.run(asked, capture_output=True, text=True, check=True, cwd="/").stdout
    options = dict(line.split(" ", 1) for line in answer.splitlines() if " " in line)
    assert options["hostname"] == "192.0.2.11"
    assert options["port"] == "2200"
    assert options["user"] == "root"
    assert options["identityfile"] == str(store.private_key)
    assert options["identitiesonly"] == "yes"
    assert options["userknownhostsfile"] == str(store.known_hosts)
    assert options["stricthostkeychecking"] in ("true", "yes")


@pytest.mark.parametrize("port", [22, 2200])
def test_openssh_finds_the_pinned_key_by_name_and_address(store: ClusterStore, port: int) -> None:
    store.write_known_hosts({"lab-node-1": endpoint(store, port)})
    for host in ("lab-node-1", "192.0.2.11", "10.9.0.11"):
        wanted = host if port == 22 else f"[{host}]:{port}"
        found = subprocess.run(
            ["ssh-keygen", "-F", wanted, "-f", str(store.known_hosts)],
            capture_output=True,
            text=True,
        )
        assert KEYS[0].split()[1] in found.stdout, wanted


def test_secrets_are_closed_and_never_quoted(store: ClusterStore) -> None:
    assert store.read_secrets() == {}
    store.write_secrets({"gossip": "s3cret: =="})
    assert store.read_secrets() == {"gossip": "s3cret: =="}
    assert mode(store.secrets) == 0o600
    store.secrets.write_text("gossip: 's3cret\n")
    with pytest.raises(DataError) as caught:
        store.read_secrets()
    assert "s3cret" not in caught.value.render()
    assert caught.value.__cause__ is None
    store.secrets.write_text("$ANSIBLE_VAULT;1.1;AES256\n61\n")
    with pytest.raises(DataError, match="encrypted"):
        store.read_secrets()

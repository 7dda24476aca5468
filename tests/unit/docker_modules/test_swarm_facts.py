"""Certificates, settings, nodes and networks of a swarm, without an Engine."""

from __future__ import annotations

import datetime as dt
import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from provision.agent.docker import networks
from provision.agent.docker.certificate import authority_digest, swarm_of_certificate
from provision.agent.docker.swarm import Membership, find_node, update_object
from provision.agent.docker.swarm_fixed import other_swarm
from provision.agent.docker.swarm_spec import differences, with_settings
from provision.agent.engine_api import Engine
from provision.agent.modules import docker_network, docker_node, docker_swarm
from provision.agent.task import ModuleFailed


def certificate(path, cluster):
    """A node's certificate as swarms have them: O the swarm, OU the role, CN the node."""
    key = ec.generate_private_key(ec.SECP256R1())
    names = [(NameOID.ORGANIZATION_NAME, cluster)] if cluster else []
    names += [(NameOID.ORGANIZATIONAL_UNIT_NAME, "swarm-worker"), (NameOID.COMMON_NAME, "node")]
    issuer = [x509.NameAttribute(NameOID.COMMON_NAME, "swarm-ca")]
    now = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(oid, text) for oid, text in names]))
        .issuer_name(x509.Name(issuer))
        .public_key(key.public_key())
        .serial_number(2**150)
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=90))
        .sign(key, hashes.SHA256())
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    pem = made.public_bytes(serialization.Encoding.PEM)
    path.write_bytes(pem + b"-----BEGIN CERTIFICATE-----\nnot read\n-----END CERTIFICATE-----\n")


def test_a_certificate_tells_its_swarm(tmp_path):
    certificate(tmp_path / "a.crt", "lt5umbhwa07rnxzgj32yct3o3")
    assert swarm_of_certificate(str(tmp_path / "a.crt")) == "lt5umbhwa07rnxzgj32yct3o3"


@pytest.mark.parametrize(
    "content", ["", "garbage", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_what_is_no_certificate_tells_nothing(tmp_path, content):
    (tmp_path / "bad.crt").write_text(content)
    assert swarm_of_certificate(str(tmp_path / "bad.crt")) is None
    assert swarm_of_certificate(str(tmp_path / "none.crt")) is None
    certificate(tmp_path / "plain.crt", "")
    assert swarm_of_certificate(str(tmp_path / "plain.crt")) is None


def test_a_worker_knows_its_swarm_by_its_certificate(tmp_path):
    certificate(tmp_path / "swarm" / "certificates" / "swarm-node.crt", "mine")
    swarm = {"LocalNodeState": "active", "NodeID": "n", "ControlAvailable": False}
    here = Membership({"Name": "w", "DockerRootDir": str(tmp_path), "Swarm": swarm})
    assert (here.cluster_id, here.active, here.manager) == ("mine", True, False)
    left = {"LocalNodeState": "inactive", "NodeID": ""}
    assert Membership({"DockerRootDir": str(tmp_path), "Swarm": left}).cluster_id is None


def test_a_join_token_of_another_swarm_is_told(tmp_path):
    folder = tmp_path / "swarm" / "certificates"
    certificate(folder / "swarm-node.crt", "mine")
    (folder / "swarm-root-ca.crt").write_text("this swarm's CA\n")
    swarm = {"LocalNodeState": "active", "NodeID": "n"}
    here = Membership({"DockerRootDir": str(tmp_path), "Swarm": swarm})
    own = authority_digest(str(folder / "swarm-root-ca.crt"))
    assert own is not None
    assert len(own) == 50
    assert other_swarm(here, {"join_token": f"SWMTKN-1-{own}-secret"}) == []
    told = other_swarm(here, {"join_token": f"SWMTKN-1-{'0' * 50}-secret"})
    assert "is in swarm mine" in told[0]
    assert "secret" not in told[0]


@pytest.mark.parametrize(
    ("state", "advice"), [("pending", "2377"), ("error", "journalctl"), ("locked", "unlock")]
)
def test_a_node_in_trouble_says_what_to_do(state, advice, tmp_path):
    swarm = {"LocalNodeState": state, "Error": "because"}
    here = Membership({"Name": "w", "DockerRootDir": str(tmp_path), "Swarm": swarm})
    message = here.trouble().message
    assert state in message
    assert "because" in message
    assert advice in message


def swarm_args(**args):
    return docker_swarm.SPEC.validate(args, on_node=True)


def test_swarm_settings():
    spec = {"Name": "default", "Labels": {}, "Raft": {"ElectionTick": 10}, "CAConfig": {}}
    args = swarm_args(election_tick=20, labels={"a": 1}, autolock_managers=False)
    assert differences(spec, args) == {
        "labels": ({}, {"a": "1"}),
        "election_tick": (10, 20),
    }
    after = with_settings(spec, args)
    assert after["Raft"] == {"ElectionTick": 20}
    assert spec["Raft"] == {"ElectionTick": 10}
    assert differences(after, args) == {}


def test_a_ca_key_goes_out_only_with_a_rotation():
    spec = {"CAConfig": {"ForceRotate": 1}}
    args = {"signing_ca_key": "key", "ca_force_rotate": 1}
    assert "SigningCAKey" not in with_settings(spec, swarm_args(**args))["CAConfig"]
    args["ca_force_rotate"] = 2
    assert with_settings(spec, swarm_args(**args))["CAConfig"]["SigningCAKey"] == "key"


@pytest.mark.parametrize(
    ("args", "labels"),
    [
        ({}, {"a": "1", "b": "2"}),
        ({"labels": {"b": 3}}, {"a": "1", "b": "3"}),
        ({"labels_to_remove": ["a", "z"]}, {"b": "2"}),
        ({"labels": {"a": 9}, "labels_to_remove": ["a"]}, {"a": "9", "b": "2"}),
        ({"labels": {"c": None}, "labels_state": "replace"}, {"c": ""}),
        ({"labels_state": "replace"}, {}),
    ],
)
def test_node_labels(args, labels):
    spec = {"Labels": {"a": "1", "b": "2"}, "Role": "worker", "Availability": "drain"}
    wanted = docker_node.SPEC.validate({"hostname": "h", **args}, on_node=True)
    after = docker_node.changed_spec(spec, wanted)
    assert after == dict(spec, Labels=labels)


def test_nodes_of_one_name_are_not_guessed_at(fake):
    def node(identity, name, state):
        return {
            "ID": identity,
            "Description": {"Hostname": name},
            "Spec": {"Role": "worker"},
            "Status": {"State": state},
        }

    nodes = [node("id1", "one", "down"), node("id2", "one", "ready"), node("id3", "two", "ready")]
    fake.answers["GET", "/nodes"] = (200, nodes)
    engine = Engine(fake.host)
    assert (find_node(engine, "two") or {})["ID"] == "id3"
    assert (find_node(engine, "id1") or {})["ID"] == "id1"
    assert find_node(engine, "three") is None
    with pytest.raises(ModuleFailed, match=r"id1 \(worker, down\), id2 \(worker, ready\)"):
        find_node(engine, "one")


def test_an_update_that_lost_a_race_is_made_again(fake):
    index = [0]

    def current(body):
        index[0] += 1
        return {"Version": {"Index": index[0]}, "Spec": {"N": index[0]}}

    fake.answers["GET", "/nodes/n"] = (200, current)
    fake.answers["POST", "/nodes/n/update"] = (
        500,
        {"message": "rpc error: code = Unknown desc = update out of sequence"},
    )
    with pytest.raises(ModuleFailed, match="out of sequence"):
        update_object(Engine(fake.host), "/nodes/n", lambda now: now["Spec"])
    sent = [(query["version"], body) for method, _, _, query, body in fake.requests if query]
    assert sent == [(str(number), {"N": number}) for number in range(1, 6)]


def nobody_leads(fake, then):
    """Have the node's entry be refused for want of a leader once, then be told."""

    def refuse(body):
        fake.answers["GET", "/nodes/n"] = (200, then)
        return {"message": "rpc error: code = Unknown desc = The swarm does not have a leader."}

    fake.answers["GET", "/nodes/n"] = (500, refuse)


def test_a_role_is_waited_for_while_nobody_leads(fake):
    """Seen where the leader itself is demoted."""
    swarm = {"LocalNodeState": "active", "ControlAvailable": True}
    fake.answers["GET", "/info"] = (200, {"Name": "one", "Swarm": swarm})
    nobody_leads(fake, {"ID": "n", "Spec": {"Role": "worker"}})
    deadline = time.monotonic() + 60
    node = docker_node._wait_for_role(Engine(fake.host), "/nodes/n", "worker", deadline)
    assert node == {"ID": "n", "Spec": {"Role": "worker"}}
    nobody_leads(fake, {})
    with pytest.raises(ModuleFailed, match="does not have a leader"):
        docker_node._wait_for_role(Engine(fake.host), "/nodes/n", "worker", time.monotonic())


def test_a_manager_that_demotes_itself_cannot_see_it(fake):
    swarm = {"LocalNodeState": "active", "ControlAvailable": False}
    fake.answers["GET", "/info"] = (200, {"Name": "one", "Swarm": swarm})
    fake.answers["GET", "/nodes/n"] = (503, {"message": "This node is not a swarm manager."})
    deadline = time.monotonic() + 60
    assert docker_node._wait_for_role(Engine(fake.host), "/nodes/n", "worker", deadline) is None


def network_args(**args):
    return docker_network.SPEC.validate({"name": "n", **args}, on_node=True)


OVERLAY = {
    "Name": "n",
    "Id": "x",
    "Driver": "overlay",
    "Scope": "swarm",
    "Attachable": True,
    "Options": {"com.docker.network.driver.overlay.vxlanid_list": "4097"},
    "Labels": {"a": "1", "other": "x"},
    "IPAM": {"Driver": "default", "Config": [{"Subnet": "10.0.1.0/24", "Gateway": "10.0.1.1"}]},
}


@pytest.mark.parametrize(
    ("asked", "changed"),
    [
        ({}, []),
        ({"attachable": True, "scope": "swarm", "labels": {"a": 1}}, []),
        ({"ipam_config": [{"subnet": "10.0.1.0/24"}]}, []),
        ({"ipam_config": [{"subnet": "10.0.1.0/24", "gateway": "10.0.1.1"}]}, []),
        ({"ipam_config": [{"subnet": "10.0.2.0/24"}]}, ["ipam_config"]),
        ({"ipam_config": [{"subnet": "10.0.1.0/24", "gateway": "10.0.1.9"}]}, ["ipam_config"]),
        ({"attachable": False}, ["attachable"]),
        ({"internal": True}, ["internal"]),
        ({"labels": {"a": 2}}, ["labels"]),
        ({"driver_options": {"encrypted": ""}}, ["driver_options"]),
        ({"driver": "bridge"}, ["driver"]),
    ],
)
def test_network_differences(asked, changed):
    args = network_args(**{"driver": "overlay", **asked})
    assert list(networks.differences(OVERLAY, args)) == changed


def test_a_wrong_address_is_refused():
    with pytest.raises(ModuleFailed, match=r"10\.0\.1\.0/64"):
        networks.differences(
            OVERLAY, network_args(driver="overlay", ipam_config=[{"subnet": "10.0.1.0/64"}])
        )

"""A cluster of mixed drivers on real nodes, shared with people who are shut out again.

The tests go through the cluster's life in this order; the last one removes it.
"""

from __future__ import annotations

import json
import subprocess
from typing import Any

import docker
import pytest

from tests.integration.sharing.conftest import Desk, Mixed

pytestmark = [pytest.mark.node, pytest.mark.timeout(1800)]


def dockerd(desk: Desk, node: str) -> str:
    """The process id of a node's engine: another one after a restart."""
    return desk.ssh(node, "pidof dockerd").stdout.strip()


def test_two_that_were_made_at_once_do_not_collide(mixed: Mixed) -> None:
    states = [
        json.loads((desk.state / "state.json").read_text()) for desk in (mixed.home, mixed.other)
    ]
    assert states[0]["subnet"] != states[1]["subnet"]
    for file in ("id", "id_ed25519", "tls/ca.pem", "group_vars/all/secrets.yml"):
        contents = [(desk.state / file).read_text() for desk in (mixed.home, mixed.other)]
        assert contents[0] != contents[1], file


def test_a_cluster_of_mixed_drivers_is_one(mixed: Mixed) -> None:
    assert "proofs hold" in mixed.home.run("verify").stdout
    listed = mixed.home.run("machine", "ls", "--format", "{{.Name}} {{.DriverName}}").stdout
    assert f"{mixed.node} docker\n" in listed
    assert f"{mixed.server} static\n" in listed
    assert (
        "did not make this server"
        in mixed.home.run("machine", "stop", mixed.server, expect=2).stderr
    )


def test_a_person_is_let_in_without_a_restart(mixed: Mixed) -> None:
    nodes = (mixed.node, mixed.server)
    before = [dockerd(mixed.home, node) for node in nodes]
    ann = mixed.desk("ann")
    (ann.folder / ".ssh").mkdir(mode=0o700)
    key = ann.folder / ".ssh" / "id_ed25519"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    refused = mixed.home.run("cluster", "grant", "ann", "--ssh-key", str(key), expect=2)
    assert "is a private key" in refused.stderr
    mixed.home.run("cluster", "grant", "ann", "--ssh-key", f"{key}.pub")
    mixed.home.run("cluster", "grant", "ci")
    assert [dockerd(mixed.home, node) for node in nodes] == before
    assert {
        line.split()[0] for line in mixed.home.run("cluster", "grants").stdout.splitlines()
    } == ({"NAME", "ann", "ci"})
    for name in ("ann", "ci"):
        file = mixed.root / f"{name}.cluster"
        mixed.home.run("cluster", "export", "--for", name, str(file))
        assert file.stat().st_mode & 0o777 == 0o600
        desk = mixed.desk(name)
        desk.run("cluster", "import", str(file))
        for node in nodes:
            assert desk.ssh(node, "hostname").stdout.strip() == node
            assert desk.docker(node, "info", "--format", "{{.Name}}").stdout.strip() == node


def test_an_imported_cluster_is_used_and_not_changed(mixed: Mixed) -> None:
    ci = mixed.desk("ci")
    assert "at home in" in ci.run("status").stdout.splitlines()[0]
    assert "proofs hold" in ci.run("verify", "-k", "swarm or tls or acl").stdout
    for command in (
        ("up", "--nodes", "2"),
        ("bootstrap",),
        ("machine", "stop", mixed.node),
        ("machine", "rm", "-f", mixed.node),
        ("machine", "regenerate-certs", "-f", "--client-certs", mixed.node),
        ("cluster", "grant", "bob"),
        ("cluster", "export", "again"),
    ):
        assert "was imported" in ci.run(*command, expect=2).stderr
    assert "Ready" in ci.docker(mixed.node, "node", "ls").stdout
    ci.run("down", "--yes")
    assert not ci.state.exists()
    ci.run("cluster", "import", str(mixed.root / "ci.cluster"))
    assert ci.ssh(mixed.node, "true").returncode == 0


def test_what_is_wrong_with_a_file_is_said(mixed: Mixed) -> None:
    ann, file = mixed.desk("ann"), mixed.root / "ann.cluster"
    stranger = mixed.desk("stranger")
    wrong = stranger.run(
        "cluster", "import", str(file), expect=2, env={"PROVISION_PASSPHRASE": "another passphrase"}
    )
    assert "the passphrase is wrong" in wrong.stderr
    nobody = stranger.run(
        "cluster", "import", str(file), expect=2, env={"PROVISION_PASSPHRASE": ""}
    )
    assert "--passphrase-file" in nobody.stderr
    lines = file.read_text().splitlines()
    lines[3] = lines[3][::-1]
    changed = mixed.root / "changed.cluster"
    changed.write_text("\n".join(lines))
    assert "was changed" in stranger.run("cluster", "import", str(changed), expect=5).stderr
    assert not stranger.state.exists()
    at_home = mixed.home.run("cluster", "import", str(file), expect=2)
    assert "is at home here" in at_home.stderr
    secret = mixed.root / "passphrase"
    secret.write_text("correct horse battery\n")
    ann.run(
        *("cluster", "import", "--passphrase-file", str(secret), str(file)),
        env={"PROVISION_PASSPHRASE": ""},
    )


def test_who_is_revoked_is_refused_by_every_node(mixed: Mixed) -> None:
    ann, ci = mixed.desk("ann"), mixed.desk("ci")
    tokens = join_tokens(mixed)
    mixed.other.run("machine", "stop", mixed.server)
    # One node is away: the other one shuts her out, and the command says what is left to do.
    unfinished = mixed.home.run("cluster", "revoke", "ann", expect=4)
    assert f"{mixed.server}: " in unfinished.stderr
    assert "again finishes it" in unfinished.stderr
    assert "not finished" in mixed.home.run("cluster", "grants").stdout
    refused(ann, mixed.node)
    mixed.other.run("machine", "start", mixed.server)
    mixed.home.run("cluster", "revoke", "ann")
    for node in (mixed.node, mixed.server):
        refused(ann, node)
        assert ci.ssh(node, "hostname").stdout.strip() == node
        assert ci.docker(node, "info", "--format", "{{.Name}}").stdout.strip() == node
    assert [
        line.split()[0] for line in mixed.home.run("cluster", "grants").stdout.splitlines()
    ] == (["NAME", "ci"])
    assert set(join_tokens(mixed)).isdisjoint(tokens)
    assert "proofs hold" in mixed.home.run("verify", "-k", "swarm or tls").stdout


def refused(desk: Desk, node: str) -> None:
    done = desk.ssh(node, "true")
    assert done.returncode == 255
    assert "Permission denied" in done.stderr
    asked = desk.docker(node, "info")
    assert "tls: bad certificate" in asked.stderr + asked.stdout


def join_tokens(mixed: Mixed) -> list[str]:
    asked = [
        mixed.home.ssh(mixed.node, f"docker swarm join-token -q {role}").stdout.strip()
        for role in ("manager", "worker")
    ]
    assert all(token.startswith("SWMTKN-") for token in asked)
    return asked


def test_a_cluster_is_taken_over_with_all_that_makes_it(mixed: Mixed) -> None:
    file = mixed.root / "all.cluster"
    exported = mixed.home.run("cluster", "export", str(file))
    assert f"your own SSH key for {mixed.server}" in exported.stderr
    heir = mixed.desk("heir")
    heir.run("cluster", "import", str(file))
    assert heir.ssh(mixed.node, "hostname").stdout.strip() == mixed.node
    key = mixed.other.state / "id_ed25519"
    taken = heir.run("cluster", "import", "--take-over", "--ssh-key", str(key), str(file))
    assert "have again: ci" in taken.stdout
    assert changes(heir.run("up").stdout) == 0
    network = docker.from_env().networks.get(f"provision-{mixed.home.cluster}")
    network.disconnect(mixed.server, force=True)
    gone = heir.run("down", "--yes").stdout
    assert f"{mixed.node}: removed" in gone
    assert f"{mixed.server}: forgotten; it stays as it is" in gone
    label: dict[str, Any] = {"label": f"provision.cluster={mixed.home.cluster}"}
    assert docker.from_env().containers.list(all=True, filters=label) == []
    assert docker.from_env().containers.get(mixed.server).status == "running"


def changes(output: str) -> int:
    """The sum of ``changed=`` in the recaps of a run's output."""
    return sum(
        int(word.removeprefix("changed=")) for word in output.split() if word.startswith("changed=")
    )

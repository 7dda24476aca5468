"""A cluster of three Debian releases through its life: proven, upgraded, backed up, lost,
recovered, restored. One cluster goes through all of it, in this order."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time

import pytest

from tests.integration.cluster.conftest import CommandLine

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(2400)]

# Ends at once when it is told to, so that a stopping engine does not wait for it.
_SERVICE = """
echo kept-secret | docker secret create pw - >/dev/null
docker service create -d --name web --replicas 2 --secret pw --endpoint-mode dnsrr \
    provision/probe:1 sh -c 'trap exit TERM; while :; do sleep 1; done' >/dev/null 2>&1
"""


def versions(lab: CommandLine) -> list[str]:
    """Docker's version on each node, without what the distribution adds to it."""
    found = json.loads(lab.run("status", "--json", expect=None).stdout)["nodes"]
    return [re.sub(r"[^0-9.].*", "", row["docker"]) for row in found]


def eventually(lab: CommandLine, number: int, command: str, wanted: str) -> None:
    """Wait until a command on a node prints this."""
    said = ""
    for _ in range(240):
        said = lab.on(number, command, check=False).strip()
        if said == wanted:
            return
        time.sleep(1)
    pytest.fail(f"{command}: {said!r}, not {wanted!r}")


def serves(lab: CommandLine, number: int) -> None:
    """The service runs whole, and its secret is what it was."""
    running = "docker service ls --format '{{.Replicas}}' --filter name=web"
    eventually(lab, number, running, "2/2")
    inside = "docker exec $(docker ps -qf name=web. | head -1) cat /run/secrets/pw"
    found = {lab.on(n, inside, check=False).strip() for n in (1, 2, 3)}
    assert "kept-secret" in found


def swarm_is_well(lab: CommandLine) -> None:
    assert not any(lab.verify("-k", "swarm").values())


def test_three_releases_and_their_engines_are_one_cluster(mixed: CommandLine) -> None:
    told = mixed.healthy()["nodes"]
    assert [row["system"] for row in told] == ["Debian 11", "Debian 12", "Debian 13"]
    assert versions(mixed)[:2] == ["20.10.5", "20.10.5"]
    assert not any(mixed.verify().values())
    refused = mixed.run("up", "--node-release", "2=trixie", expect=2)
    assert f"{mixed.node(2)} runs bookworm" in refused.stderr


def test_a_system_that_roles_do_not_support_is_refused_by_name(mixed: CommandLine) -> None:
    mixed.on(3, "cp /usr/lib/os-release /root/kept")
    mixed.on(3, "printf 'ID=fedora\\nVERSION_ID=41\\n' > /usr/lib/os-release")
    try:
        said = mixed.run("up", expect=2).stdout
    finally:
        mixed.on(3, "cp /root/kept /usr/lib/os-release")
    assert "Fedora 41 on x86_64: role docker supports Debian 11, 12, 13 and Ubuntu" in said
    assert set(re.findall(r"changed=(\d+)", said)) == {"0"}
    assert "docker : Configure Docker" not in said, "no host was begun with"


def test_an_upgrade_goes_node_by_node_and_on_after_it_was_killed(mixed: CommandLine) -> None:
    mixed.on(1, _SERVICE)
    serves(mixed, 1)
    last = _leader_among_those_to_upgrade(mixed)
    planned = mixed.run("swarm", "upgrade", "--check").stdout
    assert re.search(rf"^{mixed.node(2)} .*docker\.io 20\.10\.5\S* -> 20\.10\.2", planned, re.M)
    assert re.search(rf"^{mixed.node(3)} .*docker\.io 20\.10\.2\S* -> 2[6-9]\.", planned, re.M)
    assert "nothing" in next(li for li in planned.splitlines() if li.startswith(mixed.node(1)))
    assert planned.splitlines()[-1].startswith(f"{last} "), "the leader is the last"
    _killed_while_a_node_is_drained(mixed)
    begun = mixed.run("swarm", "upgrade", "--check").stdout
    assert "begun" in begun
    said = mixed.run("swarm", "upgrade", timeout=1800).stdout
    assert re.search(r"the swarm's state is kept in \S+/backups/swarm-", said)
    upgraded = re.findall(r"^(\S+): [0-9.]+\S* -> [0-9.]+\S*, active$", said, re.M)
    assert upgraded[-1] == last
    now = versions(mixed)
    assert tuple(map(int, re.findall(r"\d+", now[1])[:3])) > (20, 10, 5)
    assert int(now[2].partition(".")[0]) >= 26
    assert "provision.upgrade" not in mixed.on(1, "docker node inspect $(docker node ls -q)")
    assert mixed.on(3, "docker version --format '{{.Client.Version}}'").startswith("2")
    swarm_is_well(mixed)
    serves(mixed, 1)
    again = mixed.run("swarm", "upgrade").stdout
    assert "every node has the newest Engine" in again


def _leader_among_those_to_upgrade(lab: CommandLine) -> str:
    """The first node, which has the newest, leads no more: who does, has to be upgraded."""
    # Off until somebody else leads: one that is back within the others' 10 to 20 s may be elected.
    lab.on(1, "systemctl stop docker.socket docker")
    last = _until_listed(lab, rf"^(?!{lab.node(1)} )(\S+) Leader$")
    lab.on(1, "systemctl start docker.socket docker")
    _until_listed(lab, rf"^({lab.node(1)}) Reachable$")
    return last


def _until_listed(lab: CommandLine, what: str) -> str:
    ask = "docker node ls --format '{{.Hostname}} {{.ManagerStatus}}'"
    for _ in range(240):
        if found := re.search(what, lab.on(2, ask, check=False), re.M):
            return found[1]
        time.sleep(1)
    pytest.fail(f"the second node does not list {what}")


def _killed_while_a_node_is_drained(lab: CommandLine) -> None:
    command = [sys.executable, "-m", "provision", "--cluster", lab.cluster, "swarm", "upgrade"]
    with subprocess.Popen(
        command,
        cwd=lab.folder,
        stdout=subprocess.PIPE,
        text=True,
        process_group=0,
        env=dict(os.environ, NO_COLOR="1", PYTHONUNBUFFERED="1"),
    ) as running:
        assert running.stdout is not None
        for line in running.stdout:
            if line.rstrip().endswith("drained"):
                break
        os.killpg(running.pid, signal.SIGKILL)


def test_a_backup_is_the_owner_s_and_read_through(mixed: CommandLine) -> None:
    password = mixed.folder / "password"
    password.write_text("secret words")
    file = mixed.folder / "kept.backup"
    said = mixed.run("swarm", "backup", str(file), "--vault-password-file", str(password)).stdout
    assert "encrypted" in said
    assert file.read_bytes().startswith(b"$ANSIBLE_VAULT")
    assert file.stat().st_mode & 0o077 == 0
    swarm_is_well(mixed)
    refused = mixed.run("swarm", "restore", "--yes", str(file), expect=5)
    assert "no vault password was given" in refused.stderr
    options = ("--vault-password-file", str(password), str(file))
    refused = mixed.run("swarm", "restore", "--yes", *options, expect=2)
    assert "these nodes are in a swarm" in refused.stderr
    swarm_is_well(mixed)


def test_a_lost_quorum_is_recovered_only_when_asked(mixed: CommandLine) -> None:
    refused = mixed.run("recover", "swarm", "--yes", expect=2)
    assert "there is a quorum" in refused.stderr
    mixed.run("machine", "stop", mixed.node(3))
    mixed.on(2, "docker swarm leave --force")
    told = mixed.run("recover", "swarm", expect=2)
    assert f"given up: {mixed.node(2)} (has no state)" in told.stdout
    assert f"given up: {mixed.node(3)} (cannot be reached)" in told.stdout
    assert "--yes accepts that loss" in told.stderr
    said = mixed.run("recover", "swarm", "--yes").stdout
    assert f"no longer in its list: {mixed.node(2)}, {mixed.node(3)}" in said


def test_a_manager_that_comes_back_with_its_old_state_has_to_leave(mixed: CommandLine) -> None:
    mixed.run("machine", "start", mixed.node(3))
    refused = mixed.run("bootstrap", "swarm", expect=2, timeout=900)
    assert f"provision recover manager {mixed.node(3)}" in refused.stdout
    wrong = mixed.run("recover", "manager", "--yes", mixed.node(1), expect=2)
    assert "speaks for a swarm that has a leader" in wrong.stderr
    mixed.run("recover", "manager", "--yes", mixed.node(3))
    mixed.run("bootstrap", "swarm", timeout=900)
    swarm_is_well(mixed)
    serves(mixed, 1)


def test_a_new_swarm_takes_the_state_of_a_backup_at_another_address(mixed: CommandLine) -> None:
    password, file = mixed.folder / "password", mixed.folder / "kept.backup"
    for number in (1, 2, 3):
        mixed.on(number, "docker swarm leave --force")
    options = ("--vault-password-file", str(password), "--node", "3", str(file))
    said = mixed.run("swarm", "restore", "--yes", *options, timeout=1800).stdout
    assert "known at" in said
    swarm_is_well(mixed)
    serves(mixed, 3)
    own = mixed.on(3, "docker info -f '{{.Swarm.NodeAddr}}:2377'").strip()
    mixed.on(3, "systemctl restart docker")
    # It may have led: then the others elect a leader first, who tells.
    eventually(mixed, 3, "docker node inspect self -f '{{.ManagerStatus.Addr}}'", own)

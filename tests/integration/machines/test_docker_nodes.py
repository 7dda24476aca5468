"""Nodes on the real engine: made, reached, stopped, broken, completed, removed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import docker
import pytest

from provision.errors import MachineError, UsageError
from provision.machines import capabilities, subnets
from provision.machines.docker import network as docker_network
from provision.machines.docker.driver import DockerDriver
from provision.machines.docker.network import network_name
from provision.machines.docker.node import volume_names
from provision.machines.driver import ClusterSpec, MachineSpec, MachineState

pytestmark = pytest.mark.node


def ssh(config: Path, node: str, command: str, timeout: float = 120) -> str:
    """Runs a command with OpenSSH from a directory that has nothing to do with the cluster."""
    done = subprocess.run(
        ["ssh", "-F", str(config), "-o", "BatchMode=yes", node, command],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=timeout,
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


def quiet(_machine: str, _line: str) -> None:
    pass


def prepared(lab: Any, *specs: MachineSpec) -> ClusterSpec:
    lab.driver.prepare(lab.cluster, specs, quiet)
    return lab.cluster


def test_three_nodes_in_parallel_answer_plain_ssh(fresh_lab: Any) -> None:
    started = time.monotonic()
    nodes = fresh_lab.grow(3)
    print(f"three nodes in {time.monotonic() - started:.1f} s")
    for node in nodes:
        assert ssh(fresh_lab.store.ssh_config, node.name, "hostname").strip() == node.name
    identities = {
        ssh(fresh_lab.store.ssh_config, node.name, "cat /etc/machine-id") for node in nodes
    }
    assert len(identities) == 3
    keys = {key for node in nodes for key in node.endpoint.host_keys}
    assert len(keys) == 6, "two keys each, none shared"
    found = fresh_lab.driver.machines(fresh_lab.cluster)
    assert [machine.index for machine in found] == [1, 2, 3]
    assert {machine.state for machine in found} == {MachineState.RUNNING}
    assert {machine.memory for machine in found} == {1024}
    subnet = fresh_lab.driver.subnet(fresh_lab.cluster)
    assert [node.address.rpartition(".")[2] for node in nodes] == ["11", "12", "13"]
    assert all(node.address.startswith(subnet.rpartition(".")[0]) for node in nodes)


def test_limits_are_seen_inside(fresh_lab: Any) -> None:
    spec = MachineSpec(fresh_lab.spec(1).name, 1, cpus=0.5, memory=512)
    cluster = prepared(fresh_lab, spec)
    fresh_lab.driver.create(cluster, spec, quiet)
    docker_boot = docker.from_env().containers.get(spec.name)
    both = (
        "cat /sys/fs/cgroup/memory/memory.limit_in_bytes /sys/fs/cgroup/memory.max;"
        "cat /sys/fs/cgroup/cpu/cpu.cfs_quota_us /sys/fs/cgroup/cpu.max"
    )
    said: Any = docker_boot.exec_run(["sh", "-c", f"({both}) 2>/dev/null"]).output
    output = said.decode()
    memory, quota = output.splitlines()[:2]
    assert int(memory) == 512 * 1024 * 1024
    assert int(quota.split()[0]) == 50_000


def test_the_hosts_clock_is_out_of_a_nodes_reach(fresh_lab: Any) -> None:
    """Setting even the time zone may turn it: settimeofday(2), the note on "warping"."""
    (node,) = fresh_lab.grow(1)
    image = docker.from_env().containers.get(node.name).image
    assert image is not None
    said = ssh(
        fresh_lab.store.ssh_config, node.name, "date -s now 2>&1 || grep CapBnd /proc/1/status"
    )
    assert "cannot set date: Operation not permitted" in said
    assert not int(said.split()[-1], 16) >> capabilities.NAMES.index("SYS_TIME") & 1
    # A privileged node has the capability: there the filter has to do it alone.
    with pytest.raises(
        docker.errors.ContainerError, match="cannot set date: Operation not permitted"
    ):
        docker.from_env().containers.run(
            image,
            entrypoint=["date", "-s", "now"],
            remove=True,
            cap_add=["SYS_TIME"],
            security_opt=[f"seccomp={capabilities.seccomp_profile().read_text()}"],
        )


def test_stop_and_start_keep_address_identity_and_data(fresh_lab: Any) -> None:
    (node,) = fresh_lab.grow(1)
    config = fresh_lab.store.ssh_config
    before = ssh(
        config, node.name, "echo kept > /root/f; echo kept > /var/lib/docker/f; cat /etc/machine-id"
    )
    ssh(config, node.name, "echo 192.0.2.7 elsewhere >> /etc/hosts")
    for kill in (False, True):
        fresh_lab.driver.stop(fresh_lab.cluster, node.name, kill=kill)
        (machine,) = fresh_lab.driver.machines(fresh_lab.cluster)
        assert machine.state is MachineState.STOPPED
        with pytest.raises(MachineError, match="exited"):
            fresh_lab.driver.endpoint(fresh_lab.cluster, node.name)
        again = fresh_lab.driver.start(fresh_lab.cluster, node.name)
        assert again == node.endpoint
        after = ssh(config, node.name, "cat /etc/machine-id /root/f /var/lib/docker/f")
        assert after.split() == [before.strip(), "kept", "kept"]
        assert "elsewhere" in ssh(config, node.name, "cat /etc/hosts")
        group = "/sys/fs/cgroup; [ ! -d memory ] || cd memory; mkdir probe && rmdir probe"
        ssh(config, node.name, f"cd {group}")


def test_a_reboot_comes_back(fresh_lab: Any) -> None:
    (node,) = fresh_lab.grow(1)
    ssh(fresh_lab.store.ssh_config, node.name, "systemd-run --on-active=1 systemctl reboot")
    container = docker.from_env().containers.get(node.name)
    first = container.attrs["State"]["StartedAt"]
    end = time.monotonic() + 180
    while container.attrs["State"]["StartedAt"] == first or container.status != "running":
        assert time.monotonic() < end, "it did not come back"
        time.sleep(0.2)
        container.reload()
    fresh_lab.driver.create(fresh_lab.cluster, fresh_lab.spec(1), quiet)
    assert ssh(fresh_lab.store.ssh_config, node.name, "hostname").strip() == node.name


def test_create_twice_changes_nothing(fresh_lab: Any) -> None:
    (node,) = fresh_lab.grow(1)
    container = docker.from_env().containers.get(node.name)
    assert fresh_lab.driver.create(fresh_lab.cluster, fresh_lab.spec(1), quiet) == node.endpoint
    again = docker.from_env().containers.get(node.name)
    assert again.attrs["State"]["StartedAt"] == container.attrs["State"]["StartedAt"]
    assert fresh_lab.driver.endpoint(fresh_lab.cluster, node.name) == node.endpoint


@pytest.mark.parametrize("damage", ["never started", "stopped", "ssh stopped", "container lost"])
def test_half_made_machine_is_completed(
    fresh_lab: Any, engine: docker.DockerClient, damage: str
) -> None:
    (node,) = fresh_lab.grow(1)
    container = engine.containers.get(node.name)
    if damage == "never started":
        attrs = container.attrs
        container.remove(force=True)
        engine.containers.create(
            attrs["Config"]["Image"], name=node.name, labels=attrs["Config"]["Labels"]
        )
        (machine,) = fresh_lab.driver.machines(fresh_lab.cluster)
        assert machine.state is MachineState.BROKEN
    elif damage == "stopped":
        container.kill()
    elif damage == "ssh stopped":
        container.exec_run("systemctl disable --now ssh")
        with pytest.raises(MachineError, match="sshd does not answer") as caught:
            fresh_lab.driver.create(fresh_lab.cluster, fresh_lab.spec(1), quiet)
        assert caught.value.host == node.name
        container.exec_run("systemctl start ssh")
    else:
        container.remove(force=True)
    endpoint = fresh_lab.driver.create(fresh_lab.cluster, fresh_lab.spec(1), quiet)
    assert endpoint.address == node.address
    fresh_lab.nodes[0] = type(node)(node.name, endpoint, node.store)
    fresh_lab.write_ssh_files()
    assert ssh(fresh_lab.store.ssh_config, node.name, "hostname").strip() == node.name


def test_a_network_made_anew_gets_its_machines_back(
    fresh_lab: Any, engine: docker.DockerClient
) -> None:
    (node,) = fresh_lab.grow(1)
    engine.containers.get(node.name).stop()
    engine.networks.get(network_name(fresh_lab.store.name)).remove()
    fresh_lab.driver.prepare(fresh_lab.cluster, [fresh_lab.spec(1)], quiet)
    again = fresh_lab.driver.create(fresh_lab.cluster, fresh_lab.spec(1), quiet)
    assert again == node.endpoint


def test_a_node_that_cannot_boot_is_named_with_its_last_lines(
    fresh_lab: Any, engine: docker.DockerClient
) -> None:
    spec = fresh_lab.spec(1)
    prepared(fresh_lab, spec)
    image = fresh_lab.driver._images.name(None)
    broken = f"provision-node:broken-{os.getpid()}"
    helper = engine.containers.create(image, entrypoint=["/bin/true"])
    try:
        helper.start()
        helper.wait()
        helper.commit(
            *broken.split(":"), changes='ENTRYPOINT ["sh","-c","echo no rocket fuel; exit 3"]'
        )
        bad = MachineSpec(spec.name, 1, cpus=1, memory=512, image=broken)
        with pytest.raises(MachineError, match="did not boot") as caught:
            fresh_lab.driver.create(fresh_lab.cluster, bad, quiet)
        assert caught.value.host == spec.name
        assert "no rocket fuel" in (caught.value.hint or "")
        fresh_lab.driver.destroy(fresh_lab.cluster, spec.name)
    finally:
        helper.remove(force=True)
        engine.images.remove(broken, force=True)


@pytest.mark.parametrize("kind", ["container", "volume", "network"])
def test_what_others_made_is_refused_and_left_alone(
    fresh_lab: Any, engine: docker.DockerClient, kind: str
) -> None:
    spec = fresh_lab.spec(1)
    thing: Any
    if kind == "container":
        prepared(fresh_lab)
        thing = engine.containers.create(fresh_lab.driver._images.name(None), name=spec.name)
    elif kind == "volume":
        thing = engine.volumes.create(volume_names(spec.name)[0])
    else:
        thing = engine.networks.create(network_name(fresh_lab.store.name))
    try:
        with pytest.raises(UsageError, match="did not create"):
            fresh_lab.driver.prepare(fresh_lab.cluster, [spec], quiet)
        if kind != "network":
            with pytest.raises(UsageError, match="did not create"):
                fresh_lab.driver.create(fresh_lab.cluster, spec, quiet)
            with pytest.raises(UsageError, match="did not create"):
                fresh_lab.driver.destroy(fresh_lab.cluster, spec.name)
        thing.reload()
    finally:
        thing.remove()


def test_another_clusters_machine_is_refused(fresh_lab: Any, tmp_path: Path) -> None:
    (node,) = fresh_lab.grow(1)
    own = fresh_lab.cluster
    other = ClusterSpec("other", tmp_path, own.public_key, own.private_key)
    with pytest.raises(UsageError, match=f"belongs to cluster {own.name}"):
        fresh_lab.driver.destroy(other, node.name)


def test_colliding_subnets_are_refused(fresh_lab: Any, engine: docker.DockerClient) -> None:
    bridge = engine.networks.get("bridge").attrs["IPAM"]["Config"][0]["Subnet"]
    own = fresh_lab.cluster
    wanted = ClusterSpec(own.name, own.directory, own.public_key, own.private_key, subnet=bridge)
    with pytest.raises(UsageError, match=r"collides with .*bridge"):
        fresh_lab.driver.prepare(wanted, [fresh_lab.spec(1)], quiet)
    assert fresh_lab.driver.subnet(own) is None, "nothing was made"


def test_a_subnet_taken_in_between_is_passed_over(
    fresh_lab: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two clusters made at once may both find a subnet free; the engine gives it to one."""
    first, second = list(subnets.candidates(fresh_lab.store.name))[:2]
    engine_client = docker.from_env()
    rival = engine_client.networks.create(
        f"{fresh_lab.store.name}-rival",
        ipam=docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=str(first))]),
    )
    try:
        monkeypatch.setattr(docker_network, "_taken", lambda engine: {})
        prepared(fresh_lab, fresh_lab.spec(1))
        assert fresh_lab.driver.subnet(fresh_lab.cluster) == str(second)
    finally:
        rival.remove()


def test_more_than_the_host_has_is_refused(fresh_lab: Any) -> None:
    huge = MachineSpec(fresh_lab.spec(1).name, 1, memory=10_000_000)
    with pytest.raises(UsageError, match=r"10000000 MiB.*this host has"):
        fresh_lab.driver.prepare(fresh_lab.cluster, [huge], quiet)
    assert fresh_lab.driver.subnet(fresh_lab.cluster) is None, "nothing was made"


def test_destroy_leaves_nothing(fresh_lab: Any, engine: docker.DockerClient) -> None:
    nodes = fresh_lab.grow(2)
    name = fresh_lab.store.name
    fresh_lab.driver.cleanup(fresh_lab.cluster)
    assert engine.networks.list(names=[network_name(name)]), "in use: it stays"
    for node in nodes:
        fresh_lab.driver.destroy(fresh_lab.cluster, node.name)
        fresh_lab.driver.destroy(fresh_lab.cluster, node.name)
    fresh_lab.driver.cleanup(fresh_lab.cluster)
    label: dict[str, Any] = {"label": f"provision.cluster={name}"}
    assert engine.containers.list(all=True, filters=label) == []
    assert engine.volumes.list(filters=label) == []
    assert engine.networks.list(filters=label) == []
    assert not [v.name for v in engine.volumes.list() if v.name.startswith(name)]


_CREATE = """
import sys
from pathlib import Path
from provision.machines import subnets
from provision.machines.docker import network as docker_network
from provision.machines.docker.driver import DockerDriver
from provision.machines.driver import ClusterSpec, MachineSpec
from provision.machines.store import ClusterStore
store = ClusterStore(Path(sys.argv[1]), sys.argv[2])
cluster = ClusterSpec(store.name, store.directory, store.ensure_keypair(), store.private_key)
spec = MachineSpec(store.name + "-1", 1, cpus=1, memory=512)
say = lambda machine, line: print(line, flush=True)
driver = DockerDriver()
driver.prepare(cluster, [spec], say)
print("prepared", flush=True)
driver.create(cluster, spec, say)
"""


@pytest.mark.parametrize("delay", [0.0, 0.15, 0.4, 0.8])
def test_a_killed_creation_is_finished_by_the_next(
    fresh_lab: Any, engine: docker.DockerClient, delay: float
) -> None:
    store = fresh_lab.store
    root = store.directory.parent.parent
    command = [sys.executable, "-c", _CREATE, str(root), store.name]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as creating:
        assert creating.stdout is not None
        assert any(line.strip() == "prepared" for line in creating.stdout)
        time.sleep(delay)
        creating.send_signal(signal.SIGKILL)
    (node,) = fresh_lab.grow(1)
    assert ssh(store.ssh_config, node.name, "systemctl is-system-running").strip() == "running"


def test_privileged_is_found_out_by_trying(fresh_lab: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the bounding set cannot be seen, a failing --privileged must not cost the node."""
    from provision.machines.docker import node as docker_node

    monkeypatch.setattr(docker_node, "_may_work", lambda engine: True)
    monkeypatch.setattr(docker_node, "_privileged_works", {})
    (node,) = fresh_lab.grow(1)
    assert ssh(fresh_lab.store.ssh_config, node.name, "hostname").strip() == node.name
    assert list(docker_node._privileged_works.values()) in ([True], [False])


def test_unknown_options_are_refused() -> None:
    with pytest.raises(UsageError, match="no option 'priviledged'") as caught:
        DockerDriver({"priviledged": "no"})
    assert "privileged" in (caught.value.hint or "")
    with pytest.raises(UsageError, match="'maybe'"):
        DockerDriver({"privileged": "maybe"})


@pytest.mark.timeout(900)
def test_containers_run_inside_a_node(fresh_lab: Any) -> None:
    (node,) = fresh_lab.grow(1)
    config = fresh_lab.store.ssh_config
    ssh(
        config,
        node.name,
        "export DEBIAN_FRONTEND=noninteractive; apt-get update -q && apt-get install -qy "
        "--no-install-recommends docker.io docker-cli || apt-get install -qy "
        "--no-install-recommends docker.io",
        timeout=600,
    )
    ssh(config, node.name, "apt-get install -qy --no-install-recommends busybox-static")
    ssh(
        config,
        node.name,
        "mkdir -p /root/i/bin && cp /bin/busybox /root/i/bin/ && ln -s busybox /root/i/bin/sh "
        "&& tar -C /root/i -c . | docker import - tiny:1",
    )
    run = "docker run --rm --memory 64m tiny:1 /bin/busybox"
    assert ssh(config, node.name, f"{run} echo from inside").strip() == "from inside"
    server = ssh(config, node.name, "sed -n 's/^nameserver //p' /etc/resolv.conf").split()[0]
    assert server in ssh(config, node.name, f"{run} cat /etc/resolv.conf")

"""What belongs to whom on the real engine: leftovers, rivals of the same name, lost states."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import docker
import pytest

from provision.cluster.down import down
from provision.cluster.up import up
from provision.errors import UsageError
from provision.machines.docker.node import volume_names
from provision.machines.driver import MachineSpec, MachineState
from provision.machines.store import ClusterStore

pytestmark = pytest.mark.node


def quiet(_machine: str, _line: str) -> None:
    pass


def test_volumes_that_lost_their_container_are_cleaned_up(
    fresh_lab: Any, engine: docker.DockerClient
) -> None:
    first, second = fresh_lab.grow(2)
    label: dict[str, Any] = {"label": f"provision.cluster={fresh_lab.store.name}"}
    engine.containers.get(first.name).remove(force=True)
    fresh_lab.driver.cleanup(fresh_lab.cluster)
    kept = {volume.name for volume in engine.volumes.list(filters=label)}
    assert kept == set(volume_names(second.name)), "those of a machine that exists stay"
    engine.containers.get(second.name).remove(force=True)
    fresh_lab.driver.cleanup(fresh_lab.cluster)
    assert engine.volumes.list(filters=label) == []
    assert engine.networks.list(filters=label) == []


def test_another_workspaces_cluster_of_the_same_name_is_left_alone(
    fresh_lab: Any, engine: docker.DockerClient, tmp_path: Path
) -> None:
    store = fresh_lab.store
    own = dataclasses.replace(fresh_lab.cluster, identity=store.ensure_identity())
    spec = fresh_lab.spec(1, memory=512)
    driver = fresh_lab.driver
    driver.prepare(own, [spec], quiet)
    driver.create(own, spec, quiet)
    there = tmp_path / "there" / ".provision"
    rival = ClusterStore(there, store.name)
    other = dataclasses.replace(own, directory=rival.directory, identity="another")
    for refused in (
        lambda: driver.machines(other),
        lambda: driver.prepare(other, [spec], quiet),
        lambda: driver.prepare(other, [MachineSpec("elsewhere-1", 9, memory=512)], quiet),
        lambda: driver.destroy(other, spec.name),
        lambda: driver.cleanup(other),
        lambda: driver.subnet(other),
        lambda: down(there, store.name, say=quiet),
        lambda: up(there, store.name, {"nodes": 1}, driver="docker", say=quiet, install=False),
    ):
        with pytest.raises(UsageError, match=f"another workspace: {own.workspace}"):
            refused()
    assert not there.exists(), "nothing stays of what was refused"
    (machine,) = driver.machines(own)
    assert machine.state is MachineState.RUNNING


@pytest.mark.parametrize("lost", ["state", "directory"])
def test_down_works_from_labels_when_the_state_is_lost(
    fresh_lab: Any, engine: docker.DockerClient, lost: str
) -> None:
    store = fresh_lab.store
    own = dataclasses.replace(fresh_lab.cluster, identity=store.ensure_identity())
    spec = fresh_lab.spec(1, memory=512)
    fresh_lab.driver.prepare(own, [spec], quiet)
    fresh_lab.driver.create(own, spec, quiet)
    if lost == "directory":
        store.remove()
    assert down(own.workspace, store.name, say=quiet) == [spec.name]
    label: dict[str, Any] = {"label": f"provision.cluster={store.name}"}
    assert engine.containers.list(all=True, filters=label) == []
    assert engine.volumes.list(filters=label) == []
    assert engine.networks.list(filters=label) == []
    assert not store.directory.exists()
    with pytest.raises(UsageError, match="there is no cluster"):
        down(own.workspace, store.name, say=quiet)
    assert not store.directory.exists()

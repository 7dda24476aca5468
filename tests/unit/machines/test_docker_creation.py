"""What becomes of a creation that a killed command has left with the engine."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from provision.errors import MachineError
from provision.machines.docker import creating, node
from provision.machines.docker.node import NodePlan
from provision.machines.driver import ClusterSpec, MachineSpec

NAME_TAKEN = (
    'cannot create n1: Conflict. The container name "/n1" is already in use by container "abc"'
)
BEING_REMOVED = "cannot remove n1: removal of container abc is already in progress"
VOLUME_TAKEN = "cannot remove volume n1-docker: remove n1-docker: volume is in use - [abc]"
MADE: Any = SimpleNamespace(name="n1")
ENGINE: Any = None


class Making:
    """An engine that refuses as long as nobody has cleared what is in the way."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, refusal: str) -> None:
        self.refusal, self.cleared = refusal, 0
        monkeypatch.setattr("provision.machines.docker.volumes.renew", self._renew)
        monkeypatch.setattr(creating, "start_new", lambda engine, plan, say: MADE)

    def _renew(self, engine: Any, cluster: Any, spec: Any) -> None:
        if not self.cleared:
            raise MachineError(self.refusal)

    def new(self) -> Any:
        cluster = ClusterSpec("lab", Path("/lab"), "key", Path("/key"))
        spec = MachineSpec("n1", 1, cpus=1, memory=512)
        plan = NodePlan(cluster, spec, "image", "net", "10.0.0.11", "no", (), disk_limit=False)
        return creating.new_container(ENGINE, plan, lambda machine, line: None, self._clear)

    def _clear(self) -> None:
        self.cleared += 1


@pytest.mark.parametrize("refusal", [NAME_TAKEN, VOLUME_TAKEN, BEING_REMOVED])
def test_what_a_killed_command_had_asked_for_is_waited_for_and_cleared(
    monkeypatch: pytest.MonkeyPatch, refusal: str
) -> None:
    making = Making(monkeypatch, refusal)
    assert making.new() is MADE
    assert making.cleared == 1


def test_a_name_that_stays_taken_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(creating, "APPEARS", -1.0)
    with pytest.raises(MachineError, match="already in use by container"):
        Making(monkeypatch, NAME_TAKEN).new()


def test_other_refusals_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    making = Making(monkeypatch, "cannot create n1: no space left on device")
    with pytest.raises(MachineError, match="no space left"):
        making.new()
    assert making.cleared == 0


def test_a_taken_name_does_not_mean_that_privileges_do_not_work(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def start(engine: Any, plan: NodePlan, *, privileged: bool) -> Any:
        raise MachineError(NAME_TAKEN)

    monkeypatch.setattr(node, "_start", start)
    monkeypatch.setattr(node, "_may_work", lambda engine: True)
    monkeypatch.setattr(node, "_privileged_works", {})
    engine: Any = SimpleNamespace(info={"ID": "E"}, url="")
    plan: Any = SimpleNamespace(privileged="auto", spec=SimpleNamespace(name="n1"))
    with pytest.raises(MachineError, match="already in use"):
        node.start_new(engine, plan, lambda machine, line: None)
    assert node._privileged_works == {}

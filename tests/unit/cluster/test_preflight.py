"""What nodes' kernels lack: found by feeding a program to their Python, said once."""

from __future__ import annotations

import gzip
import inspect
import json
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from provision.agent import kernel
from provision.agent.docker import kernel_hints
from provision.cluster import preflight
from provision.machines.store import ClusterStore
from provision.verify.probes.base import Answer, ClusterView, Node

NODES = [Node(f"n{n}", f"10.0.0.{n}", "manager", "server") for n in (1, 2)]


@dataclass
class Kernels:
    """Answers as nodes whose kernels lack this."""

    lacking: dict[str, list[str]]
    boots: dict[str, str] = field(default_factory=dict)

    def run(self, node: str, command: str, stdin: str = "") -> Answer:
        assert (command, stdin) == ("python3 -", inspect.getsource(kernel))
        if node not in self.lacking:
            return Answer(255, "", "no route to host")
        told = kernel.Survey("6.1", self.boots.get(node, node), self.lacking[node])
        return Answer(0, json.dumps(told._asdict()), "")


def said(store: ClusterStore, kernels: Kernels) -> list[str]:
    lines: list[str] = []
    preflight.warn(store, ClusterView(NODES, kernels), lambda machine, line: lines.append(line))
    return lines


def test_it_is_said_once_and_again_when_it_is_not_the_same(tmp_path: Path) -> None:
    store = ClusterStore(tmp_path, "lab")
    lacking = Kernels({"n1": ["ESP"], "n2": ["ESP", "IPVS"]})
    first = said(store, lacking)
    instead = "instead: publish with mode=host, use endpoint mode dnsrr"
    mesh = f"no routing mesh and virtual IPs of Swarm ({instead})"
    assert first == [
        f"warning: the kernel of n2 lacks IPVS: {mesh}",
        "warning: the kernel of n1, n2 lacks ESP: no encrypted overlay networks",
    ]
    assert said(store, lacking) == []
    assert len(said(store, Kernels({"n1": [], "n2": ["ESP"]}))) == 1
    assert said(store, Kernels({"n1": [], "n2": []})) == []
    assert said(store, lacking) == first


def test_who_does_not_answer_is_left_to_those_who_need_the_answer(tmp_path: Path) -> None:
    assert said(ClusterStore(tmp_path, "lab"), Kernels({"n1": ["ESP"]})) == []


def test_a_container_of_this_machine_lacks_what_this_machine_lacks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(kernel, "survey", lambda: kernel.Survey("6.1", "here", ["ESP"]))
    kernels = Kernels({"n1": ["ESP", "IPVS"], "n2": ["IPVS"]}, {"n1": "here"})
    found = preflight.lacks(ClusterView(NODES, kernels))
    assert {lack.feature.name: list(lack.nodes) for lack in found} == {
        "ESP": ["n1"],
        "IPVS": ["n2"],
    }


def test_the_program_runs_by_itself() -> None:
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-"],
        input=inspect.getsource(kernel),
        capture_output=True,
        text=True,
        check=True,
        cwd="/",
    )
    assert kernel.Survey(**json.loads(done.stdout)) == kernel.survey()


def put(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if name.endswith(".gz") else text.encode())


def test_a_kernel_that_does_not_tell_lacks_nothing(tmp_path: Path) -> None:
    assert kernel.lacking(str(tmp_path), "6.1") == []
    put(tmp_path, "lib/modules/6.1/modules.dep", "kernel/net/ip_vs.ko:\n")
    names = {feature.name for feature in kernel.lacking(str(tmp_path), "6.1")}
    assert "ESP" in names and "IPVS" not in names


def test_a_module_that_a_container_cannot_see_is_not_lacking(tmp_path: Path) -> None:
    put(tmp_path, "proc/config.gz", "CONFIG_IP_VS=m\n# CONFIG_INET_ESP is not set\n")
    names = {feature.name for feature in kernel.lacking(str(tmp_path), "6.1")}
    assert "ESP" in names and "IPVS" not in names


@pytest.mark.parametrize("has", [True, False])
def test_what_cannot_work_gets_a_hint_where_the_kernel_lacks_it(
    monkeypatch: pytest.MonkeyPatch, has: bool
) -> None:
    monkeypatch.setattr(kernel, "lacking", lambda: [] if has else list(kernel.FEATURES))
    ports = [{"PublishedPort": 80, "PublishMode": "host"}, {"PublishedPort": 81}]
    hints = [
        *kernel_hints.of_network("overlay", {"encrypted": ""}),
        *kernel_hints.of_service({"EndpointSpec": {"Ports": ports}}),
    ]
    assert [("ESP" in hint, "(81)" in hint) for hint in hints] == (
        [] if has else [(True, False), (False, True)]
    )
    assert kernel_hints.of_network("bridge", {"encrypted": ""}) == []
    assert kernel_hints.of_network("overlay", None) == []
    assert kernel_hints.of_service({"EndpointSpec": {"Ports": ports[:1]}}) == []

"""Every fault on one cluster of three, and drills that are interrupted and killed.

The waits in drills are physical: a swarm takes 9 seconds at least to miss a manager, 35 to move
the tasks of a leader. `consul-leader` runs on tests/integration/consul's cluster, `rolling-restart`
adds no way of breaking things that the others lack and takes longest, so it is left to the soak.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator

import pytest

from tests.integration.cluster.conftest import CommandLine
from tests.soak.cluster import SoakCluster
from tests.soak.model import Limits, beginning
from tests.soak.plan import plan
from tests.soak.run import soak

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(1800)]

CHAIN = "iptables -w -n -L PROVISION-DRILL >/dev/null 2>&1"
TIMER = "systemctl is-active --quiet provision-drill-undo.timer"


@pytest.fixture(scope="module")
def marked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Three nodes that may be broken; removed afterwards whatever happened."""
    made = CommandLine(tmp_path_factory.mktemp("workspace"), f"d{uuid.uuid4().hex[:6]}")
    try:
        made.run("up", "--nodes", "3", "--cpus", "1", "--memory", "1024", "--driver", "docker")
        made.run("bootstrap")
        (made.state / "group_vars" / "all" / "drills.yml").write_text("drills: allowed\n")
        yield made
    finally:
        if made.state.exists():
            made.run("down", "--yes", expect=None)


@pytest.fixture
def cut_off(marked: CommandLine) -> Iterator[subprocess.Popen[str]]:
    """A drill that has just cut node 3 off."""
    words = ["--cluster", marked.cluster, "drill", "partition", "--node", "3"]
    client = subprocess.Popen(
        [sys.executable, "-m", "provision", *words],
        cwd=marked.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert client.stdout is not None
        seen = []
        for line in client.stdout:
            seen.append(line)
            if "is cut off from the others" in line:
                break
        else:
            pytest.fail("".join(seen))
        yield client
    finally:
        client.kill()
        client.communicate()


def test_an_interrupted_drill_mends_what_it_broke(
    marked: CommandLine, cut_off: subprocess.Popen[str]
) -> None:
    assert marked.on(3, f"{CHAIN} && {TIMER} && echo cut").strip() == "cut"
    cut_off.send_signal(signal.SIGTERM)
    told, _ = cut_off.communicate(timeout=300)
    assert cut_off.returncode == 99
    assert "interrupted: what was broken is mended now" in told
    assert f"{marked.node(3)}: mended" in told
    left = marked.on(3, f"{CHAIN} && echo rules; {TIMER} && echo timer; true")
    assert left == ""
    assert "provision-drill" not in marked.on(1, "docker service ls")


def test_what_a_killed_drill_left_mends_itself_or_before_the_next_one(
    marked: CommandLine, cut_off: subprocess.Popen[str]
) -> None:
    cut_off.kill()
    cut_off.wait()
    armed = marked.on(3, f"{CHAIN} && {TIMER} && systemctl cat provision-drill-undo.service")
    assert "PROVISION-DRILL" in armed
    report = json.loads(marked.run("drill", "node-reboot", "--json", "-", timeout=1500).stdout)
    assert report["passed"], report
    assert "had left is mended" in report["happenings"][0]["what"]
    assert marked.on(3, f"{CHAIN} && echo rules; {TIMER} && echo timer; true") == ""


@pytest.mark.parametrize("name", ["swarm-leader", "node-loss", "partition"])
def test_nothing_is_lost_and_no_recovery_beats_physics(marked: CommandLine, name: str) -> None:
    report = json.loads(marked.run("drill", name, "--json", "-", timeout=1500).stdout)
    assert report["passed"], report
    floors = [figure for figure in report["figures"] if figure["floor"]]
    assert any("runs elsewhere" in figure["what"] for figure in floors)
    assert all(figure["seconds"] >= figure["floor"] for figure in floors)
    claims = " ".join(proof["claim"] for proof in report["proofs"])
    assert "acknowledged writes none is lost" in claims
    assert "the swarm and its nodes are those of before" in claims
    assert "none twice" in claims


def test_a_node_that_is_not_there_is_refused(marked: CommandLine) -> None:
    refused = marked.run("drill", "node-loss", "--node", "nobody", expect=2)
    assert "has no node 'nobody'" in refused.stderr


def test_a_short_soak_loses_nothing(marked: CommandLine) -> None:
    start = beginning(Limits(most=3), nodes=3)
    kinds = ["deploy", "scale", "drain", "activate", "kill consul", "kill dockerd"]
    under_soak = SoakCluster(marked.folder, marked.cluster, marked.folder / "soak.log")
    sequence = plan(4, 5, start, kinds)
    result = soak(under_soak, ["up"], 4, start, sequence, say=print)
    assert result.passed
    assert result.acknowledged > 0
    assert len(result.steps) == 5

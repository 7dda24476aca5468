"""Running a soak: the cluster, the sequence, and what it must not have lost."""

from __future__ import annotations

import dataclasses
import json
import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from tests.soak.cluster import PROBE_IMAGE, SoakCluster, SoakFailure
from tests.soak.model import Operation, State, after
from tests.soak.operate import deploy, operate, settle
from tests.soak.plan import closing
from tests.soak.witness import LastingWriter, writing

Say = Callable[[str], object]


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a soak.

    Parameters:
        steps: each operation and how many seconds it and the recovery after it took.
        acknowledged, refused: writes.
        lost: writes that were acknowledged and are not there.
        proofs: how many `provision verify` made; ``unproven`` those that failed.
    """

    seed: int
    steps: Sequence[tuple[str, float]]
    seconds: float
    acknowledged: int
    refused: int
    lost: Sequence[str]
    proofs: int
    unproven: Sequence[str]

    @property
    def passed(self) -> bool:
        return not self.lost and not self.unproven

    def document(self) -> dict[str, Any]:
        """For programs."""
        return {**dataclasses.asdict(self), "passed": self.passed}


def soak(
    cluster: SoakCluster,
    up: Sequence[str],
    seed: int,
    start: State,
    sequence: Sequence[Operation],
    *,
    done: int = 0,
    seconds: float = math.inf,
    say: Say,
) -> Result:
    """Do a sequence to a new cluster while writers run, then prove that it is whole.

    Parameters:
        up: the words of the command that makes its machines, without their number.
        done: how many of the sequence it has had already, if it is not new.
        seconds: after which no further operation is begun.

    Raises:
        SoakFailure: an operation failed, or the cluster was not well after it.
    """
    began = time.monotonic()
    if not done:
        _make(cluster, up, start)
        say(f"{start.nodes} nodes, bootstrapped, in {time.monotonic() - began:.0f} s")
    with writing(cluster.opened, range(1, start.limits.managers + 1)) as writers:
        _wait_for_writes(writers)
        state, steps = _walk(cluster, start, sequence, done, began + seconds, say)
        for operation in closing(state):
            state = _step(cluster, state, operation)
            say(f"  end  {operation}")
        _wait_for_writes(writers)
        for writer in writers:
            writer.stop()
        settle(cluster, state)
        lost = _lost(cluster, writers)
        proofs, unproven = _verify(cluster)
        result = Result(
            seed=seed,
            steps=steps,
            seconds=round(time.monotonic() - began, 1),
            acknowledged=sum(writer.acknowledged for writer in writers),
            refused=sum(writer.failed for writer in writers),
            lost=lost,
            proofs=proofs,
            unproven=unproven,
        )
    for line in _summary(result, state):
        say(line)
    return result


def _make(cluster: SoakCluster, up: Sequence[str], start: State) -> None:
    cluster.run(*up, "--nodes", str(start.nodes), "--managers", str(start.limits.managers))
    cluster.run("bootstrap")
    marks = cluster.opened().store.secrets.with_name("drills.yml")
    marks.write_text("drills: allowed\n")
    cluster.run("play", str(PROBE_IMAGE))
    deploy(cluster, start)


def _walk(
    cluster: SoakCluster,
    start: State,
    sequence: Sequence[Operation],
    done: int,
    deadline: float,
    say: Say,
) -> tuple[State, list[tuple[str, float]]]:
    state, steps = start, []
    for number, operation in enumerate(sequence, 1):
        if number <= done:
            state = after(state, operation)
            continue
        if time.monotonic() > deadline:
            say(f"time is up: {len(sequence) - number + 1} operations are left out")
            break
        began = time.monotonic()
        try:
            state = _step(cluster, state, operation)
        except SoakFailure as failure:
            raise SoakFailure(f"operation {number}, {operation}: {failure}") from failure
        seconds = round(time.monotonic() - began, 1)
        steps.append((str(operation), seconds))
        say(f"{number:3}/{len(sequence)}  {operation!s:34} {seconds:7.1f} s")
    return state, steps


def _step(cluster: SoakCluster, state: State, operation: Operation) -> State:
    then = after(state, operation)
    operate(cluster, operation, then)
    return then


def _wait_for_writes(writers: Sequence[LastingWriter]) -> None:
    """Each of them gets through now."""
    before = [writer.acknowledged for writer in writers]
    deadline = time.monotonic() + 120
    while not all(w.acknowledged > n + 2 for w, n in zip(writers, before, strict=True)):
        if time.monotonic() > deadline:
            raise SoakFailure("writes are not acknowledged through every server")
        time.sleep(0.5)


def _lost(cluster: SoakCluster, writers: Sequence[LastingWriter]) -> list[str]:
    with cluster.view() as view:
        return [str(finding) for w in writers for finding in w.lost(view, view.servers)]


def _verify(cluster: SoakCluster) -> tuple[int, list[str]]:
    report = cluster.folder / "verify.json"
    try:
        cluster.run("verify", "--json", str(report))
    except SoakFailure:
        if not report.exists():
            raise
    proofs = json.loads(report.read_text())["proofs"]
    return len(proofs), [f"{p['name']}: {p['message']}" for p in proofs if p["message"]]


def _summary(result: Result, state: State) -> Iterator[str]:
    services = ", ".join(f"{s.name} with {s.replicas} replicas" for s in state.services)
    yield ""
    yield f"seed {result.seed}: {len(result.steps)} operations in {result.seconds:.0f} s"
    yield f"services: {services or 'none was deployed'}"
    yield (
        f"writes: {result.acknowledged} acknowledged, {len(result.lost)} lost,"
        f" {result.refused} refused"
    )
    yield f"provision verify: {result.proofs} proofs, {len(result.unproven)} failed"
    for line in (*result.lost, *result.unproven):
        yield f"  {line}"

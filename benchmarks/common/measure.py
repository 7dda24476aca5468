"""Running commands in turns, so that what else the machine does hits all of them alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from common.memory import Peak

LIMIT = 3600
"""Seconds after which a command is ended: it is stuck, or too slow to be measured."""


@dataclass(frozen=True)
class Contender:
    """A command line to time.

    Parameters:
        before: called untimed before each round.
    """

    name: str
    argv: Sequence[str | Path]
    env: Mapping[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    before: Callable[[], None] | None = None


@dataclass(frozen=True)
class Sample:
    """Parameters: wall, cpu: seconds; cpu of the command and the children it waited for.
    memory: MiB of all its processes together, at most."""

    wall: float
    cpu: float
    memory: float


@dataclass(frozen=True)
class Figures:
    """Medians of one contender's rounds."""

    wall: float
    cpu: float
    memory: float
    rounds: int

    @classmethod
    def of(cls, samples: Sequence[Sample]) -> Figures:
        def median(name: str) -> float:
            return statistics.median(getattr(sample, name) for sample in samples)

        return cls(median("wall"), median("cpu"), median("memory"), len(samples))


class Failed(Exception):
    """A contender did not do its work; its time would mean nothing."""


def once(contender: Contender) -> Sample:
    """One timed run. Raises Failed with the end of its output."""
    if contender.before is not None:
        contender.before()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryDirectory() as scratch:
        env = {**os.environ, **contender.env, "BENCH_SCRATCH": scratch}
        # Connections kept open from the round before would spare Ansible its set-up.
        env["ANSIBLE_SSH_CONTROL_PATH_DIR"] = scratch
        # Byte code is cached where people install programs; it is for all contenders here.
        env.pop("PYTHONDONTWRITEBYTECODE", None)
        started = time.perf_counter()
        child = subprocess.Popen(
            [str(word) for word in contender.argv],
            env=env,
            cwd=contender.cwd,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
        peak = Peak(child.pid)
        peak.start()
        bound = threading.Timer(LIMIT, child.terminate)
        bound.start()
        _, status, usage = os.wait4(child.pid, 0)
        bound.cancel()
        wall = time.perf_counter() - started
        memory = peak.stop()
        child.returncode = os.waitstatus_to_exitcode(status)
        if child.returncode:
            output.seek(0)
            text = output.read().decode(errors="replace")[-3000:]
            raise Failed(f"{contender.name} left with {child.returncode}:\n{text}")
    return Sample(wall, usage.ru_utime + usage.ru_stime, memory)


def interleaved(
    contenders: Sequence[Contender],
    rounds: int,
    *,
    warm_up: bool = True,
    rounds_of: Mapping[str, int] | None = None,
    cold: Collection[str] = (),
) -> dict[str, Figures]:
    """Medians by name of runs in turns: a, b, c, a, b, c.

    Parameters:
        warm_up: first run each once untimed (caches, packages that a peer installs).
        rounds_of: fewer rounds for the slow, by name.
        cold: those that are not warmed up.
    """
    samples: dict[str, list[Sample]] = {contender.name: [] for contender in contenders}
    for number in range(-1 if warm_up else 0, rounds):
        for contender in contenders:
            if number >= (rounds_of or {}).get(contender.name, rounds):
                continue
            if number < 0 and contender.name in cold:
                continue
            sample = once(contender)
            said = f"{contender.name:<28} {sample.wall:8.2f} s"
            print(f"  {'warm-up' if number < 0 else number + 1}  {said}", file=sys.stderr)
            if number >= 0:
                samples[contender.name].append(sample)
    return {name: Figures.of(found) for name, found in samples.items()}

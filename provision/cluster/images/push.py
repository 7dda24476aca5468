"""Bringing images to nodes: read once, sent to all that lack them at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

from provision.agent.docker.images import find_image, load
from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed
from provision.cluster.cluster import Cluster
from provision.cluster.engines import engine_of, refusals
from provision.cluster.images.fanout import Fanout, Pipe
from provision.cluster.images.source import ImageSource
from provision.cluster.workloads.words import mebibytes
from provision.errors import ProvisionError, TaskFailed, Unreachable, UsageError
from provision.inventory import load_inventory

Say = Callable[[str, str], None]
"""Told of progress: (node or "", one line), from any thread."""

_PROGRESS = 3.0
"""Seconds between two lines of progress."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What became of one node.

    Parameters:
        outcome: ``there already``, ``loaded``, ``would be loaded``, or ``failed``.
        error: why it failed.
    """

    node: str
    outcome: str
    seconds: float = 0.0
    error: ProvisionError | None = None


def nodes_of(cluster: Cluster, pattern: str) -> list[str]:
    """The cluster's nodes that a pattern names, as `--limit` has it.

    Raises:
        UsageError: it names none.
    """
    inventory = load_inventory([str(cluster.store.inventory)])
    matched = {host.name for host in inventory.match(pattern)}
    found = [name for name in cluster.endpoints if name in matched]
    if not found:
        raise UsageError(
            f"--nodes {pattern}: no node of cluster '{cluster.name}' is called so",
            hint=f"there are: {', '.join(cluster.endpoints)}; groups and wildcards may be used",
        )
    return found


def push(
    cluster: Cluster,
    source: ImageSource,
    nodes: Sequence[str],
    say: Say,
    *,
    check: bool = False,
    force: bool = False,
) -> list[Pushed]:
    """Load images on the nodes whose Engines have none of the same ID.

    Parameters:
        force: on the others too.

    Raises:
        ProvisionError: the source broke; nodes keep what they had.
    """
    with ThreadPoolExecutor(len(nodes)) as pool:
        asked = list(pool.map(lambda node: _ask(cluster, source, node, force), nodes))
    done = [answer for answer in asked if isinstance(answer, Pushed)]
    lacking = [answer for answer in asked if not isinstance(answer, Pushed)]
    for each in done:
        if each.error is None:
            say(each.node, "has it already")
    if check:
        done += [Pushed(node, "would be loaded") for node, _ in lacking]
    elif lacking:
        done += _send(source, lacking, say)
    order = {node: place for place, node in enumerate(nodes)}
    return sorted(done, key=lambda each: order[each.node])


def _ask(
    cluster: Cluster, source: ImageSource, node: str, force: bool
) -> Pushed | tuple[str, Engine]:
    try:
        engine = engine_of(cluster, node)
        with refusals(node):
            if not force and has(engine, source):
                return Pushed(node, "there already")
    except (Unreachable, TaskFailed) as error:
        return Pushed(node, "failed", error=error)
    return node, engine


def has(engine: Engine, source: ImageSource) -> bool:
    """Whether an Engine has all images, by name and ID."""
    held = {name: find_image(engine, name) for name in source.images}
    return bool(held) and all(
        found is not None and found["Id"] == source.images[name] for name, found in held.items()
    )


def _send(source: ImageSource, lacking: Sequence[tuple[str, Engine]], say: Say) -> list[Pushed]:
    pipes = [Pipe() for _ in lacking]
    fanout = Fanout(pipes)
    finished = threading.Event()
    telling = threading.Thread(target=_tell, args=(fanout, source.size, finished, say), daemon=True)
    telling.start()
    try:
        with ThreadPoolExecutor(len(lacking)) as pool:
            loads = [
                pool.submit(_load, node, engine, pipe, source, say)
                for (node, engine), pipe in zip(lacking, pipes, strict=True)
            ]
            try:
                with source.chunks() as chunks:
                    fanout.pour(chunks)
            except BaseException:
                for pipe in pipes:
                    pipe.tear()
                raise
            return [each.result() for each in loads]
    finally:
        finished.set()
        telling.join()


def _load(node: str, engine: Engine, pipe: Pipe, source: ImageSource, say: Say) -> Pushed:
    began = time.monotonic()
    try:
        with refusals(node):
            # The Engine answers when it has unpacked it all, however long that takes.
            names = load(engine.waiting(), cast(Any, pipe))
            if source.images and not has(engine, source):
                raise ModuleFailed(f"it loaded {', '.join(names) or 'nothing'}, another image")
    except TaskFailed as error:
        return Pushed(node, "failed", error=error)
    finally:
        pipe.leave()
    seconds = time.monotonic() - began
    say(node, f"loaded in {seconds:.1f} s")
    return Pushed(node, "loaded", seconds)


def _tell(fanout: Fanout, size: int, finished: threading.Event, say: Say) -> None:
    said = -1
    while not finished.wait(_PROGRESS):
        if fanout.done:
            say("", f"all {mebibytes(fanout.sent)} sent; the nodes unpack it")
            return
        if fanout.sent != said:
            said = fanout.sent
            say("", f"{mebibytes(said)} of about {mebibytes(size)} sent")

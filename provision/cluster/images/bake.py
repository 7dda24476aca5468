"""`provision image bake`: a node image in which the install play has nothing left to install.

A node is made, the shipped install play is run on it, all that is its own is taken from it, and
an image is made of the rest. Its name and labels say what went in; `up` takes it where that is
what it would have installed itself, and runs the same play again in any case.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provision.cluster.down import down
from provision.cluster.images.baked import fingerprint
from provision.cluster.up import up
from provision.engine.events import Subscriber
from provision.errors import MachineError
from provision.machines.baked_image import BAKED_REPOSITORY, NodeImage, baked_match, commit
from provision.machines.cache import cache_directory
from provision.machines.docker.engine import Engine
from provision.machines.driver import Progress
from provision.machines.filelock import file_lock
from provision.machines.node_image import NodeImages
from provision.machines.store import ClusterStore

_CLUSTER = "provision-bake"


@dataclass(frozen=True, slots=True)
class Baked:
    """What came of it.

    Parameters:
        image: None where the install play failed.
        made: False if it was there already.
    """

    image: NodeImage | None
    made: bool
    exit_code: int = 0


def bake(
    release: str,
    *,
    say: Progress,
    subscribers: Sequence[Subscriber] = (),
    variables: Mapping[str, Any] | None = None,
    force: bool = False,
) -> Baked:
    """Make the baked image of a Debian release, unless it is there.

    Parameters:
        variables: extra variables for the install play, as they will be given to `up`.
        force: make it anew in any case, such as for newer packages.

    Raises:
        UsageError: no such release.
        MachineError: the engine or the node does not do what it should.
    """
    engine = Engine()
    workspace = cache_directory() / "bake"
    with file_lock(
        cache_directory() / "bake.lock",
        lambda pid: say("", f"process {pid} is baking an image, waiting"),
    ):
        base = NodeImages(engine).ensure(release, say)
        went_in = fingerprint(variables or {})
        found = baked_match(engine, base, went_in)
        if found is not None and not force:
            return Baked(found, made=False)
        _discard(workspace, say)  # what a killed run has left
        try:
            made = up(
                workspace,
                _CLUSTER,
                {"nodes": 1, "image": base},
                driver="docker",
                say=say,
                subscribers=subscribers,
                variables=variables,
                baked=False,
            )
            if made.exit_code:
                return Baked(None, made=False, exit_code=made.exit_code)
            tag = hashlib.sha256(f"{_image_id(engine, base)} {went_in}".encode()).hexdigest()[:12]
            name = f"{BAKED_REPOSITORY}:{release}-{tag}"
            say("", f"committing {name}")
            commit(engine, made.cluster.nodes[0].name, name, went_in, base)
        finally:
            _discard(workspace, lambda machine, line: None)
        image = baked_match(engine, base, went_in)
        if image is None:
            raise MachineError(f"{name} was made, but is not on the engine", hint="bake it again")
        return Baked(image, made=True)


def _discard(workspace: Path, say: Progress) -> None:
    if ClusterStore(workspace, _CLUSTER).read() is not None:
        down(workspace, _CLUSTER, say=say)


def _image_id(engine: Engine, name: str) -> str:
    return str(engine.client.images.get(name).id)

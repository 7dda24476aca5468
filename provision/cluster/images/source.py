"""The images that are pushed: from this machine's Engine, or from an archive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from provision.agent.docker.archive import images_in
from provision.agent.docker.connection import CONNECTION, connect
from provision.agent.docker.image_names import full_name, is_id
from provision.agent.docker.images import find_image
from provision.agent.engine_api import Engine
from provision.agent.spec import Spec
from provision.agent.task import ModuleTask
from provision.cluster.engines import refusals
from provision.errors import MachineError, UsageError

_CHUNK = 1 << 18
_CONNECTION = Spec(name="image push", collection="", summary="", params=CONNECTION)


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Parameters:
    images: name -> ID; what the archive holds. Empty where it does not say.
    size: bytes, about; of an Engine's images as they lie there.
    where: for messages.
    """

    images: dict[str, str]
    size: int
    where: str
    path: Path | None = None
    engine: Engine | None = None

    @contextmanager
    def chunks(self) -> Iterator[Iterator[bytes]]:
        """The archive, piece by piece.

        Raises:
            TaskFailed: the Engine refused.
        """
        if self.path is not None:
            with self.path.open("rb") as file:
                yield iter(lambda: file.read(_CHUNK), b"")
            return
        assert self.engine is not None
        names = urlencode([("names", name) for name in self.images])
        with refusals():
            connection, answer = self.engine.open("GET", f"/images/get?{names}")
        try:
            yield iter(lambda: answer.read(_CHUNK), b"")
        finally:
            connection.close()


def image_source(texts: Sequence[str]) -> list[ImageSource]:
    """Images by name or ID on this machine's Engine, or archives by their paths.

    Raises:
        UsageError: there is neither a file nor an image of a name.
        MachineError: the Engine does not answer.
    """
    files = [text for text in texts if Path(text).is_file()]
    names = [text for text in texts if text not in files]
    found = [_of_archive(Path(file)) for file in files]
    return [*found, _of_engine(names)] if names else found


def local_engine() -> Engine:
    """The Engine that `docker` talks to here."""
    with refusals():
        return connect(ModuleTask(_CONNECTION.validate({})))


def _of_archive(path: Path) -> ImageSource:
    with refusals():
        held = images_in(str(path))
    images = {name: image for image, tags in (held or {}).items() for name in tags or [image]}
    return ImageSource(images, path.stat().st_size, str(path), path=path)


def _of_engine(names: Sequence[str]) -> ImageSource:
    engine = local_engine()
    images, size = {}, 0
    for name in names:
        found = _find(engine, name)
        images[name if is_id(name) else full_name(name)] = str(found["Id"])
        size += int(found.get("Size") or 0)
    return ImageSource(images, size, f"the Docker Engine at {engine.host}", engine=engine)


def _find(engine: Engine, name: str) -> dict[str, Any]:
    from provision.agent.task import ModuleFailed

    try:
        found = find_image(engine, name)
    except ModuleFailed as failure:
        raise MachineError(
            f"'{name}' is no file, and {failure.message}",
            hint="an archive that `docker save` wrote needs no Engine here",
        ) from None
    if found is None:
        known = [tag for each in engine.get("/images/json") for tag in each.get("RepoTags") or ()]
        raise UsageError(
            f"there is neither a file nor an image '{name}' on the Docker Engine at {engine.host}",
            hint=f"it has: {', '.join(sorted(known)[:12])}" if known else "it has no images",
        )
    return found

"""Which node images an engine has, while others remove some."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from docker.errors import ImageNotFound

from provision.machines.baked_image import FINGERPRINT, node_images


def image(identity: str) -> Any:
    labels = {FINGERPRINT: "f"}
    return SimpleNamespace(
        id=identity,
        short_id=identity,
        tags=[f"provision-baked:{identity}"],
        labels=labels,
        attrs={"Size": 1, "Created": "2026", "Config": {"Labels": labels}},
    )


def test_an_image_or_a_container_on_its_way_out_is_in_nobodys_way() -> None:
    def get(identity: str) -> Any:
        if identity == "gone":
            raise ImageNotFound("no such image")
        return image(identity)

    containers = [
        {"ImageID": "kept", "Names": ["/n1"]},
        {"ImageID": "kept", "Names": None},
        {"ImageID": "kept", "Names": []},
    ]
    api = SimpleNamespace(
        images=lambda filters: [{"Id": "gone"}, {"Id": "kept"}],
        containers=lambda all: containers,
    )
    engine: Any = SimpleNamespace(client=SimpleNamespace(api=api, images=SimpleNamespace(get=get)))
    (found,) = node_images(engine)
    assert (found.id, found.machines) == ("kept", ["n1"])

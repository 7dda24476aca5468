"""Which nodes get an image, and what they are sent, with Engines that answer as real ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from provision.agent.engine_api import Engine
from provision.cluster.images import push as pushing
from provision.cluster.images.layer import Tree
from provision.cluster.images.pack import Settings, pack
from provision.cluster.images.push import Pushed, push
from provision.cluster.images.source import ImageSource, image_source
from provision.errors import Unreachable, UsageError
from tests.unit.docker_modules.fake_engine import FakeEngine

LOADED = b'{"stream": "Loaded image: web:1\\n"}'


class Lab:
    """Nodes by name, each with an Engine."""

    def __init__(self, folder: Path, source: ImageSource) -> None:
        self.engines: dict[str, FakeEngine] = {}
        self.folder = folder
        self.identity = source.images["web:1"]

    def node(self, name: str, *, has: str = "", load: Any = (200, LOADED)) -> FakeEngine:
        fake = FakeEngine(self.folder / f"{name}.sock")
        if has:
            fake.answers["GET", "/images/web:1/json"] = (200, {"Id": has})

        def loaded(body: bytes) -> bytes:
            fake.answers["GET", "/images/web:1/json"] = (200, {"Id": self.identity})
            answer: bytes = load[1]
            return answer

        fake.answers["POST", "/images/load"] = (load[0], loaded)
        self.engines[name] = fake
        return fake

    def engine_of(self, cluster: Any, node: str) -> Engine:
        if node not in self.engines:
            raise Unreachable("its Docker Engine does not answer", host=node)
        return Engine(self.engines[node].host)


@pytest.fixture
def source(tmp_path: Path) -> ImageSource:
    tree = Tree(texts={"/big": bytes(3_000_000)})
    pack("web:1", tree, Settings(), tmp_path / "web.tar")
    (found,) = image_source([str(tmp_path / "web.tar")])
    return found


@pytest.fixture
def lab(tmp_path: Path, source: ImageSource, monkeypatch: pytest.MonkeyPatch) -> Iterator[Lab]:
    made = Lab(tmp_path, source)
    monkeypatch.setattr(pushing, "engine_of", made.engine_of)
    yield made
    for fake in made.engines.values():
        fake.close()


def bring(lab: Lab, source: ImageSource, **more: Any) -> dict[str, Pushed]:
    nodes = [*lab.engines, *more.pop("others", ())]
    done = push(None, source, nodes, lambda node, line: None, **more)  # type: ignore[arg-type]
    assert [each.node for each in done] == nodes
    return {each.node: each for each in done}


def sent(fake: FakeEngine) -> list[bytes]:
    return [body for method, _, path, _, body in fake.requests if path == "/images/load"]


def test_only_nodes_without_the_same_id_get_the_whole_archive(
    lab: Lab, source: ImageSource
) -> None:
    has = lab.node("has", has=source.images["web:1"])
    lacks, other = lab.node("lacks"), lab.node("other", has="sha256:another")
    done = bring(lab, source)
    assert {name: each.outcome for name, each in done.items()} == {
        "has": "there already", "lacks": "loaded", "other": "loaded",
    }  # fmt: skip
    assert source.path is not None
    whole = source.path.read_bytes()
    assert (sent(has), sent(lacks), sent(other)) == ([], [whole], [whole])


def test_check_sends_nothing_and_force_sends_to_all(lab: Lab, source: ImageSource) -> None:
    fake = lab.node("has", has=source.images["web:1"])
    lab.node("lacks")
    assert bring(lab, source, check=True)["lacks"].outcome == "would be loaded"
    assert bring(lab, source, force=True)["has"].outcome == "loaded"
    assert len(sent(fake)) == 1


def test_a_node_that_refuses_or_is_gone_holds_nobody_up(lab: Lab, source: ImageSource) -> None:
    lab.node("good")
    lab.node("full", load=(200, b'{"error": "no space left on device"}'))
    done = bring(lab, source, others=["gone"])
    assert done["good"].outcome == "loaded"
    assert "no space left" in str(done["full"].error)
    assert isinstance(done["gone"].error, Unreachable)


def test_an_engine_that_loads_another_image_is_not_believed(lab: Lab, source: ImageSource) -> None:
    lab.identity = "sha256:other"
    lab.node("odd")
    assert "another image" in str(bring(lab, source)["odd"].error)


def test_what_is_neither_file_nor_image_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeEngine(tmp_path / "e.sock")
    fake.answers["GET", "/images/json"] = (200, [{"RepoTags": ["web:1"]}])
    monkeypatch.setenv("DOCKER_HOST", fake.host)
    try:
        with pytest.raises(UsageError) as refused:
            image_source(["wbe:1"])
    finally:
        fake.close()
    assert refused.value.hint == "it has: web:1"

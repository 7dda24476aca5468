"""Which release each node is made of, however the command line says it."""

from __future__ import annotations

from typing import Any

import pytest

from provision.cluster.named import FIRST_NAMED, Named
from provision.cluster.releases import declare, with_release
from provision.cluster.shape import Shape
from provision.errors import UsageError
from provision.machines.vagrant.shape import box_of

SERVER = Named("web", FIRST_NAMED, "static")


def declared(asked: dict[str, Any], before: Shape | None = None) -> Shape:
    return declare(asked, before, "lab")


def images(shape: Shape) -> list[str | None]:
    return [spec.image for spec in shape.specs("lab")]


def test_without_a_word_the_driver_decides() -> None:
    assert images(declared({})) == [None, None, None]


def test_one_for_all_and_others_for_single_nodes() -> None:
    asked = {"release": "trixie", "node_releases": {"1": "11", "lab-node-3": "bookworm"}}
    assert images(declared(asked)) == ["bullseye", "trixie", "bookworm"]


def test_new_nodes_may_be_of_another_release_and_old_ones_keep_theirs() -> None:
    before = declared({"nodes": 3, "node_releases": {"2": "13"}})
    after = declared({"nodes": 5, "release": "12", "node_releases": {"5": "trixie"}}, before)
    assert images(after) == [None, "trixie", None, "bookworm", "trixie"]
    again = declared({"nodes": 5, "release": "12"}, after)
    assert images(again) == images(after)


def test_the_state_file_gives_numbers_as_text() -> None:
    assert images(Shape(nodes=3, releases={"2": "trixie"})) == [None, "trixie", None]  # type: ignore[dict-item]


def test_a_node_that_went_away_takes_its_release_along() -> None:
    assert Shape(nodes=1, managers=1, releases={1: "trixie", 2: "bullseye"}).releases == {
        1: "trixie"
    }


@pytest.mark.parametrize(
    ("asked", "message", "hint"),
    [
        ({"release": "buster"}, "do not run Debian 'buster'", "bullseye (11)"),
        ({"release": "trixy"}, "do not run Debian 'trixy'", "trixie"),
        ({"release": "12", "image": "mine"}, "--image and --release", "leave one out"),
        ({"node_releases": {"4": "12"}}, "the cluster has no lab-node-4", "lab-node-3"),
        ({"node_releases": {"web": "12"}}, "no node of cluster 'lab'", "lab-node-1"),
        ({"release": "12", "named": (SERVER,)}, "not servers that exist", "keep the system"),
    ],
)
def test_what_cannot_be_is_refused(asked: dict[str, Any], message: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        declared(asked)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"node_releases": {"2": "13"}}, "lab-node-2 runs bookworm; trixie needs another machine"),
        ({"release": "13"}, "the nodes run bookworm; --release trixie is for nodes that are made"),
    ],
)
def test_machines_that_exist_keep_their_system(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        declared(asked, declared({}))
    assert message in caught.value.message


def test_a_vm_of_a_release_is_made_from_debians_box() -> None:
    assert box_of("trixie") == ("debian/trixie64", None)
    assert box_of("generic/debian12") == ("generic/debian12", None)


def test_a_node_that_is_made_anew_may_be_of_another_release() -> None:
    shape = with_release(declared({"node_releases": {"1": "11"}}), "lab", "lab-node-1", "13")
    assert images(shape) == ["trixie", None, None]
    with pytest.raises(UsageError, match="none of the counted nodes"):
        with_release(shape, "lab", "web", "13")

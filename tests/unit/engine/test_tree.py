"""Folders of the controller: listed and read once for all hosts that are sent them."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.engine import tree
from provision.engine.contents import BATCH, INLINE, Content
from provision.engine.tree import Part, Tree, Trees


class Reading:
    """Counts how often files are read."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, part: Part) -> Content:
        self.times += 1
        return Content(Path(part.path).read_bytes())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "sub").mkdir()
    for name, content in {"a": "1", "b": "2", "sub/c": "3"}.items():
        (tmp_path / name).write_text(content)
    return tmp_path


def steps(found: Tree) -> list[str | list[str]]:
    return [
        step.below if isinstance(step, Part) else [part.below for part in step]
        for step in found.steps
    ]


def test_small_files_between_others_are_one_step(folder: Path) -> None:
    (folder / "big").write_bytes(bytes(INLINE + 1))
    assert steps(Tree(str(folder), False)) == ["", ["a", "b"], "big", "sub", ["sub/c"]]


def test_a_step_is_no_larger_than_a_batch(tmp_path: Path) -> None:
    count = BATCH // INLINE + 1
    for number in range(count):
        (tmp_path / str(number)).write_bytes(bytes(INLINE))
    assert [len(step) for step in Tree(str(tmp_path), False).steps[1:]] == [count - 1, 1]


def test_the_only_file_of_a_folder_goes_alone(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("1")
    found = Tree(str(tmp_path), False)
    assert found.alone
    assert steps(found) == ["", "a"]


def test_files_are_read_once(folder: Path) -> None:
    found, reading = Tree(str(folder), False), Reading()
    for _ in range(3):
        assert [content.data for content in found.contents(1, reading)] == [b"1", b"2"]
    assert reading.times == 2


def test_what_hosts_have_long_passed_is_not_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "KEPT", 1)
    found, reading = Tree(str(folder), False), Reading()
    for number in (1, 3, 3, 1):
        found.contents(number, reading)
    assert reading.times == 2 + 1 + 2


def test_a_folder_is_shared_while_a_host_is_sent_it(folder: Path) -> None:
    trees = Trees()
    first = trees.get(1, str(folder), follow=False, decrypt=True)
    assert trees.get(1, str(folder), follow=False, decrypt=True) is first
    for other in (
        trees.get(2, str(folder), follow=False, decrypt=True),
        trees.get(1, str(folder), follow=True, decrypt=True),
        trees.get(1, str(folder), follow=False, decrypt=False),
    ):
        assert other is not first
    del first, other
    (folder / "late").write_text("4")
    later = trees.get(1, str(folder), follow=False, decrypt=True)
    assert ["a", "b", "late"] in steps(later)

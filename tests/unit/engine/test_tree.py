"""Folders of the controller on their way to hosts."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.engine import tree
from provision.engine.contents import BATCH, INLINE, Content
from provision.engine.tree import Batches, Part, Tree


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


def batch(folder: Path, number: int = 1) -> tuple[Part, ...]:
    found = Tree(str(folder), False).steps[number]
    assert not isinstance(found, Part)
    return found


def test_files_are_read_once_for_all_hosts(folder: Path) -> None:
    batches, reading = Batches(), Reading()
    for _ in range(3):
        found = batches.get(batch(folder), True, reading)
        assert [content.data for content in found] == [b"1", b"2"]
    assert reading.times == 2


def test_what_was_written_since_another_host_began_is_read_again(folder: Path) -> None:
    """Under strategy free hosts may each render a folder before they are sent it."""
    batches, reading = Batches(), Reading()
    batches.get(batch(folder), True, reading)
    (folder / "new").write_text("9")
    (folder / "new").rename(folder / "a")
    found = batches.get(batch(folder), True, reading)
    assert [content.data for content in found] == [b"9", b"2"]


def test_decrypted_and_not_are_two_things(folder: Path) -> None:
    batches, reading = Batches(), Reading()
    for decrypt in (True, False):
        batches.get(batch(folder), decrypt, reading)
    assert reading.times == 4


def test_what_could_not_be_read_is_read_by_the_next_host(folder: Path) -> None:
    def fail(part: Part) -> Content:
        raise OSError(part.path)

    batches = Batches()
    with pytest.raises(OSError, match="a"):
        batches.get(batch(folder), True, fail)
    assert len(batches.get(batch(folder), True, Reading())) == 2


def test_what_hosts_have_long_passed_is_not_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tree, "KEPT", 1)
    batches, reading = Batches(), Reading()
    for number in (1, 3, 3, 1):
        batches.get(batch(folder, number), True, reading)
    assert reading.times == 2 + 1 + 2

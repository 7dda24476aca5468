"""A backup's file is the old one or the new one, never half of one."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.cluster.whole_file import replacing
from provision.errors import MachineError, UsageError


def test_a_whole_one_takes_the_place_and_is_private(tmp_path: Path) -> None:
    file = tmp_path / "backups" / "a.snap"
    with replacing(file) as part:
        part.write_text("whole")
        assert not file.exists()
    assert file.read_text() == "whole"
    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


def test_what_goes_wrong_leaves_the_old_one(tmp_path: Path) -> None:
    file = tmp_path / "a.snap"
    file.write_text("old")
    with pytest.raises(MachineError), replacing(file) as part:
        part.write_text("half")
        raise MachineError("the snapshot broke off")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with (
        pytest.raises(UsageError, match=r"cannot write .*/file/a\.snap"),
        replacing(tmp_path / "file" / "a.snap"),
    ):
        pytest.fail("nothing was to be written")

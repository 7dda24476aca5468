from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.playbook.support import Write, writer


@pytest.fixture
def write(tmp_path: Path) -> Write:
    return writer(tmp_path)


@pytest.fixture
def tasks(write: Write) -> Callable[[str], Path]:
    """A playbook of one play with these tasks."""

    def made(text: str) -> Path:
        body = write("tasks.part", text).read_text(encoding="utf-8")
        lines = "".join(f"    {line}\n" for line in body.splitlines())
        return write("site.yml", "- hosts: all\n  tasks:\n" + lines)

    return made

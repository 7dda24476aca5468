from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.engine.harness import Kitchen


@pytest.fixture
def kitchen(tmp_path: Path) -> Kitchen:
    return Kitchen(tmp_path)

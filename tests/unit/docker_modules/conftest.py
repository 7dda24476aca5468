from __future__ import annotations

import tempfile
from pathlib import Path

import pytest

from .fake_engine import FakeEngine


@pytest.fixture
def fake():
    # not tmp_path: a socket's path may have 107 bytes at most
    with tempfile.TemporaryDirectory() as folder:
        server = FakeEngine(Path(folder) / "engine.sock")
        yield server
        server.close()

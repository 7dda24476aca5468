"""The generated documentation says what the code does now."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reference import pages

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("path", "text"), pages(ROOT).items(), ids=lambda v: v.name if isinstance(v, Path) else ""
)
def test_page_is_up_to_date(path: Path, text: str) -> None:
    assert path.read_text(encoding="utf-8") == text, "run scripts/generate-docs"

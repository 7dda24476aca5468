"""The agent needs nothing that Python 3.7 has not; test_payload looks at its syntax."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import provision.agent

AGENT = Path(provision.agent.__file__).parent

# Methods and keywords that vermin cannot tell by the text, for want of the object's type.
YOUNGER = {
    "bit_count",
    "dirs_exist_ok",
    "hardlink_to",
    "is_relative_to",
    "missing_ok",
    "randbytes",
    "removeprefix",
    "removesuffix",
    "with_stem",
}


def test_modules_functions_and_parameters() -> None:
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            "import vermin; vermin.main()",
            "-t=3.7-",
            "--no-tips",
            "--violations",
            str(AGENT),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_methods_and_keywords() -> None:
    found = [
        f"{path.relative_to(AGENT)}:{line}: {name}"
        for path in AGENT.rglob("*.py")
        for name, line in _younger(path.read_text(encoding="utf-8"))
    ]
    assert not found


@pytest.mark.parametrize("text", ["x.removeprefix('a')", "p.unlink(missing_ok=True)"])
def test_that_is_noticed(text: str) -> None:
    assert _younger(text)


def _younger(text: str) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    for node in ast.walk(ast.parse(text)):
        name = node.attr if isinstance(node, ast.Attribute) else getattr(node, "arg", None)
        if isinstance(node, ast.Attribute | ast.keyword) and name in YOUNGER:
            found.append((str(name), node.lineno if hasattr(node, "lineno") else 0))
    return found

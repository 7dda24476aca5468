"""The rules of the house that no other tool checks."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
AGENT = sorted((ROOT / "provision" / "agent").rglob("*.py"))


def test_imports_point_down_the_house() -> None:
    linter = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run([linter], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("file", AGENT, ids=lambda file: str(file.relative_to(ROOT)))
def test_agent_is_python_3_7_and_standard_library(file: Path) -> None:
    tree = ast.parse(file.read_text(), feature_version=(3, 7))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""]
        else:
            continue
        for name in names:
            top = name.partition(".")[0]
            ours = name == "provision.agent" or name.startswith("provision.agent.")
            assert ours or top in sys.stdlib_module_names, f"imports {name}"


def test_help_needs_no_heavy_library() -> None:
    """What `provision --help` imports decides how quick it is."""
    code = (
        "import sys\n"
        "from provision.cli.app import run\n"
        "run(['--help'])\n"
        "print(*sorted(m for m in sys.modules if '.' not in m))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].split())
    assert "click" in loaded
    assert not loaded & {"paramiko", "fabric", "docker", "jinja2", "yaml", "rich", "pytest"}


def test_readme_and_docs_name_no_machine_of_ours() -> None:
    """No registry or mirror host, no path of where it was written."""
    listed = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split()
    mirror = re.compile(r"https?://(deb|security|snapshot|archive)\.debian\.org|pypi\.org/simple")
    for name in listed:
        path = ROOT / name
        if path.suffix in {".md", ".py", ".yml", ".j2", ".toml", ".sh", ""} and path.is_file():
            text = path.read_text(encoding="utf-8", errors="replace")
            assert name == "tests/unit/test_house.py" or not mirror.search(text), name

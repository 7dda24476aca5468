"""The cases of tests/compat that are about a whole system: over SSH, on a real node."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.compat.case import Case, every_case
from tests.compat.node import Node
from tests.compat.verdict import judge

pytestmark = pytest.mark.node


@pytest.mark.parametrize(
    "case", [case for case in every_case() if case.node], ids=lambda case: case.name
)
def test_case_on_node(case: Case, node: Any, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    reached = Node(node.address, node.port, node.user, node.key_file, node.known_hosts)
    judge(case, tmp_path, pytestconfig.getoption("--ansible"), reached)

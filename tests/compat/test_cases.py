"""The same playbooks under ansible-playbook and `provision play`: no difference.

What ansible-playbook does is recorded beside each case, so that this needs no Ansible.
`make compat` runs it as well, and fails where a recording is not what it does. The cases that
need a real node are run by tests/integration/compat.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.compat.case import Case, every_case
from tests.compat.verdict import judge

CASES = every_case()


def test_there_are_many() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize(
    "case", [case for case in CASES if not case.node], ids=lambda case: case.name
)
def test_case(case: Case, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    judge(case, tmp_path, pytestconfig.getoption("--ansible"))

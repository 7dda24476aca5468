"""--tags and --skip-tags, checked against ansible-core's documentation.

https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_tags.html
"""

from __future__ import annotations

import pytest

from provision.engine.tags import selected

CASES = [
    ("", "", "", True),
    ("x", "", "", True),
    ("never", "", "", False),
    ("never x", "", "", False),
    ("never x", "x", "", True),
    ("never", "never", "", True),
    ("never", "all", "", False),
    ("always", "x", "", True),
    ("always", "x", "always", False),
    ("always", "", "always", False),
    ("always x", "", "x", False),
    ("always never", "x", "", True),
    ("x", "x", "", True),
    ("y", "x", "", False),
    ("", "x", "", False),
    ("x y", "x", "y", False),
    ("x", "tagged", "", True),
    ("", "tagged", "", False),
    ("", "untagged", "", True),
    ("x", "untagged", "", False),
    ("", "", "untagged", False),
    ("x", "", "tagged", False),
    ("always", "", "all", True),
    ("x", "", "all", False),
]


@pytest.mark.parametrize(("own", "only", "skip", "runs"), CASES)
def test_selected(own: str, only: str, skip: str, runs: bool) -> None:
    assert selected(own.split(), only.split(), skip.split()) is runs

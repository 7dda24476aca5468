"""--tags and --skip-tags, checked against ansible-core's documentation.

https://docs.ansible.com/ansible/latest/playbook_guide/playbooks_tags.html
"""

from __future__ import annotations

from typing import Any

import pytest

from provision.engine.events import Warned
from provision.engine.tags import selected
from provision.errors import UsageError
from tests.unit.engine.harness import Kitchen

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


TAGGED = """
- hosts: a
  gather_facts: false
  tasks:
    - debug: {msg: one}
      tags: [config, never]
"""


@pytest.mark.parametrize("options", [{"tags": ["confg"]}, {"skip_tags": ["confg"]}])
def test_a_misspelt_tag_is_refused(kitchen: Kitchen, options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="no task has the tag 'confg'") as error:
        kitchen.play(TAGGED, **options)
    assert error.value.hint == "did you mean 'config'?"


def test_a_tag_to_skip_that_resembles_none_is_said(kitchen: Kitchen) -> None:
    seen = kitchen.play(TAGGED, skip_tags=["molecule"])
    assert seen.exit_code == 0 and "'molecule'" in seen.of(Warned)[0].message


def test_tags_that_an_include_may_bring_are_not_judged(kitchen: Kitchen) -> None:
    kitchen.write("more.yml", "- debug: {msg: more}\n  tags: inner\n")
    include = "    - include_tasks: more.yml\n      tags: "
    assert kitchen.play(TAGGED + include + "always", tags=["inner"]).said("a") == ["more"]
    with pytest.raises(UsageError):  # the include itself would not run
        kitchen.play(TAGGED + include + "config", tags=["inner"])

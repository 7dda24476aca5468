"""The same playbooks under ansible-playbook and `provision play`: no difference.

What ansible-playbook does is recorded beside each case, so that this needs no Ansible.
`make compat` runs it as well, and fails where a recording is not what it does.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.compat import ansible_venv, tool
from tests.compat.case import Case, every_case

CASES = every_case()


def test_there_are_many() -> None:
    assert len(CASES) >= 150


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_case(case: Case, tmp_path: Path, pytestconfig: pytest.Config) -> None:
    mode = pytestconfig.getoption("--ansible", None)
    expected = _by_ansible(case, tmp_path / "ansible", mode) if mode else case.recorded()
    assert expected is not None, (
        f"no recording of this case as it is: pytest tests/compat -k {case.path.stem} "
        "--ansible=record makes one"
    )
    outcome, printed = tool.with_provision(case, tmp_path / "provision")
    if case.differs:
        _differs(case, expected, outcome, printed)
    elif found := differences(expected, outcome):
        pytest.fail("\n".join([*found, "--- provision printed", printed]), pytrace=False)


def _by_ansible(case: Case, scratch: Path, mode: str) -> dict[str, Any]:
    outcome, printed = tool.with_ansible(case, scratch)
    made = {"by": ansible_venv.version(), "case": case.checksum, **outcome}
    if mode == "record":
        if made != case.recorded():
            case.recording.write_text(json.dumps(made, indent=1, ensure_ascii=False) + "\n")
        (scratch / "printed").write_text(printed)
    elif found := differences(case.recorded() or {}, made):
        pytest.fail("\n".join(["not as recorded", *found, printed]), pytrace=False)
    return made


def _differs(case: Case, expected: dict[str, Any], outcome: dict[str, Any], printed: str) -> None:
    assert differences(expected, outcome), "declared as different, but nothing is"
    if case.exits:
        assert tuple(run["exit"] for run in outcome["runs"]) == case.exits, printed
    for text in case.says:
        assert text in printed
    assert case.exits or case.says, "say what is different: exit, says"


def differences(expected: dict[str, Any], outcome: dict[str, Any]) -> list[str]:
    """Sentences: Ansible's on the left, ours on the right."""
    theirs, ours = dict(_flat(_facts(expected))), dict(_flat(_facts(outcome)))
    names = [*theirs, *(name for name in ours if name not in theirs)]
    return [
        f"{name}: ansible {theirs.get(name, '-')!r}, provision {ours.get(name, '-')!r}"
        for name in names
        if theirs.get(name) != ours.get(name)
    ]


def _facts(outcome: dict[str, Any]) -> dict[str, Any]:
    return {key: outcome.get(key) for key in ("runs", "files")}


def _flat(value: Any, name: str = "") -> list[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        inside = value.items()
    elif isinstance(value, list) and value:
        inside = enumerate(value)
    else:
        return [(name, value)]
    return [entry for key, part in inside for entry in _flat(part, f"{name}/{key}".lstrip("/"))]

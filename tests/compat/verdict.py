"""Whether a case came out as ansible-playbook was recorded to bring it out."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from tests.compat import ansible_venv, tool
from tests.compat.case import Case
from tests.compat.node import Node


def judge(case: Case, scratch: Path, mode: str | None, node: Node | None = None) -> None:
    """Fail the test unless provision does what Ansible does.

    Parameters:
        scratch: an empty folder of the test's own.
        mode: "verify" or "record" to run ansible-playbook too; None takes its recording.
        node: where a case with ``node`` runs.
    """
    expected = _by_ansible(case, scratch / "ansible", mode, node) if mode else case.recorded()
    assert expected is not None, (
        f"no recording of this case as it is: pytest {'tests/integration/' if node else 'tests/'}"
        f"compat -k {case.path.stem} --ansible=record makes one"
    )
    outcome, printed = tool.with_provision(case, scratch / "provision", node)
    if case.differs:
        _differs(case, expected, outcome, printed)
    elif found := differences(expected, outcome):
        pytest.fail("\n".join([*found, "--- provision printed", printed]), pytrace=False)


def _by_ansible(case: Case, scratch: Path, mode: str, node: Node | None) -> dict[str, Any]:
    outcome, printed = tool.with_ansible(case, scratch, node)
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
        inside: Iterable[tuple[Any, Any]] = value.items()
    elif isinstance(value, list) and value:
        inside = enumerate(value)
    else:
        return [(name, value)]
    return [entry for key, part in inside for entry in _flat(part, f"{name}/{key}".lstrip("/"))]

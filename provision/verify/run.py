"""Runs the verification suite against a cluster."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from provision.errors import UsageError
from provision.verify.plan import Plan
from provision.verify.plugin import Proof, VerifyPlugin
from provision.verify.testinfra_runner import host_spec

SUITE = Path(__file__).parent / "suite"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the suite found. ``exit_code``: 0 all proven, 2 something is not, 99 aborted."""

    exit_code: int
    proofs: Sequence[Proof]


def verify(
    plan: Plan,
    *,
    keyword: str | None = None,
    junit: Path | None = None,
    json_report: Path | None = None,
    paths: Sequence[Path] = (),
    verbosity: int = 0,
    color: bool = False,
) -> Verdict:
    """Prove a cluster with pytest-testinfra.

    Parameters:
        keyword: pytest's ``-k`` expression.
        junit, json_report: files to write, folders created as needed.
        paths: further test files of the user's own; they get the same fixtures.

    Raises:
        UsageError: nothing to run: the keyword matches no proof, a path does not exist.
    """
    plugin = VerifyPlugin(plan)
    code = pytest.main(_arguments(plan, keyword, junit, paths, verbosity, color), plugins=[plugin])
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise UsageError(
            f"no proof matches -k '{keyword}'", hint="`provision verify` without -k lists them all"
        )
    if code == pytest.ExitCode.USAGE_ERROR:
        raise UsageError("pytest refused its arguments; its message is above")
    if json_report is not None:
        _write_json(json_report, plan, plugin.proofs)
    return Verdict(_EXIT_CODES.get(code, 1), plugin.proofs)


_EXIT_CODES: dict[int, int] = {
    pytest.ExitCode.OK: 0,
    pytest.ExitCode.TESTS_FAILED: 2,
    pytest.ExitCode.INTERRUPTED: 99,
}


def _arguments(
    plan: Plan,
    keyword: str | None,
    junit: Path | None,
    paths: Sequence[Path],
    verbosity: int,
    color: bool,
) -> list[str]:
    for path in paths:
        if not path.exists():
            raise UsageError(f"there is no test file {path}")
    arguments = [
        *(str(SUITE / f"test_{area}.py") for area in plan.areas),
        *(str(path.resolve()) for path in paths),
        # The suite must not pick up the configuration of whatever folder the user is in.
        f"--rootdir={SUITE}",
        *("-c", os.devnull),
        *("-p", "no:cacheprovider"),
        "--import-mode=importlib",
        "--no-header",
        "--tb=short",
        f"--color={'yes' if color else 'no'}",
        "-" + "v" * (1 + verbosity),
        f"--hosts={','.join(host_spec(node.name) for node in plan.nodes)}",
        f"--ssh-config={plan.ssh_config}",
    ]
    if keyword:
        arguments += ["-k", keyword]
    if junit is not None:
        arguments += [f"--junitxml={junit}", "-o", f"junit_suite_name={plan.cluster}"]
    return arguments


def _write_json(file: Path, plan: Plan, proofs: Sequence[Proof]) -> None:
    failed = sum(proof.outcome == "failed" for proof in proofs)
    document = {
        "cluster": plan.cluster,
        "passed": len(proofs) - failed,
        "failed": failed,
        "proofs": [asdict(proof) for proof in proofs],
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

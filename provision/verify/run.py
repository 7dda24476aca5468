"""Runs the verification suite against a cluster."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pytest

from provision.errors import UsageError
from provision.verify import plugin
from provision.verify.connection import host_spec
from provision.verify.plan import Plan
from provision.verify.recorder import Proof, Recorder

SUITE = Path(__file__).parent / "suite"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the suite found. ``exit_code``: 0 all proven, 2 something is not."""

    exit_code: int
    proofs: Sequence[Proof]


def verify(
    plan: Plan,
    *,
    tell: Callable[[Proof], None] = lambda proof: None,
    keyword: str | None = None,
    junit: Path | None = None,
    json_report: Path | None = None,
    paths: Sequence[Path] = (),
    tracebacks: bool = False,
) -> Verdict:
    """Prove a cluster with pytest-testinfra.

    Parameters:
        tell: called with each proof as it is decided.
        keyword: pytest's ``-k`` expression.
        junit, json_report: files to write, folders created as needed.
        paths: further test files of the user's own; they get the same fixtures.
        tracebacks: whole ones in the messages of failures that are not findings.

    Raises:
        UsageError: nothing to run: the keyword matches no proof, a path does not exist; a
            report cannot be written.
        KeyboardInterrupt: Ctrl-C; the probes have cleaned up.
    """
    for file in (junit, json_report):
        if file is not None:
            _require_writable(file)
    recorder = Recorder(plan, tell, tracebacks=tracebacks)
    arguments = _arguments(plan, keyword, junit, paths)
    code = pytest.main(arguments, plugins=[plugin, recorder])
    if recorder.broken_off:
        raise KeyboardInterrupt
    if code == pytest.ExitCode.NO_TESTS_COLLECTED:
        raise UsageError(
            f"no proof matches -k '{keyword}'", hint="`provision verify` without -k names them all"
        )
    if code == pytest.ExitCode.USAGE_ERROR:
        raise UsageError(
            f"pytest cannot run this: -k {keyword!r}, {', '.join(map(str, paths)) or 'no paths'}",
            hint="-k takes pytest's expressions: 'consul and not dns'",
        )
    if json_report is not None:
        _write_json(json_report, plan, recorder.proofs)
    return Verdict(_EXIT_CODES.get(code, 1), recorder.proofs)


_EXIT_CODES: dict[int, int] = {
    pytest.ExitCode.OK: 0,
    pytest.ExitCode.TESTS_FAILED: 2,
    pytest.ExitCode.INTERRUPTED: 2,  # a test file that cannot be imported
}


def _arguments(
    plan: Plan,
    keyword: str | None,
    junit: Path | None,
    paths: Sequence[Path],
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
        *("-p", "no:terminal"),
        *("-p", "no:warnings"),
        "--import-mode=importlib",
        f"--hosts={','.join(host_spec(node.name) for node in plan.nodes)}",
        f"--ssh-config={plan.ssh_config}",
    ]
    if keyword:
        arguments += ["-k", keyword]
    if junit is not None:
        arguments += [f"--junitxml={junit.resolve()}", "-o", f"junit_suite_name={plan.cluster}"]
    return arguments


def _require_writable(file: Path) -> None:
    """Make the file's folder. Raises UsageError where a report cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise UsageError(f"cannot write {file}: {reason}") from None
    if file.is_dir():
        raise UsageError(f"cannot write {file}: it is a folder")
    if not os.access(file if file.exists() else file.parent, os.W_OK):
        raise UsageError(f"cannot write {file}: permission denied")


def _write_json(file: Path, plan: Plan, proofs: Sequence[Proof]) -> None:
    failed = sum(proof.outcome == "failed" for proof in proofs)
    document = {
        "cluster": plan.cluster,
        "passed": len(proofs) - failed,
        "failed": failed,
        "proofs": [asdict(proof) for proof in proofs],
    }
    file.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")

"""What `verify` says of the user's own test files, and where it writes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from provision.errors import UsageError
from provision.verify.plan import Plan
from provision.verify.probes.base import Node
from provision.verify.recorder import Proof
from provision.verify.run import verify

NODE = Node("n1", "127.0.0.1", "manager", "server")


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    """One node that refuses connections."""
    config = tmp_path / "ssh_config"
    (tmp_path / "known_hosts").touch()
    config.write_text(
        f"Host n1\n HostName 127.0.0.1\n Port 1\n User root\n"
        f" UserKnownHostsFile {tmp_path / 'known_hosts'}\n"
    )
    return Plan("c", (NODE,), config, areas=())


def proofs(plan: Plan, file: Path, source: str) -> list[Proof]:
    file.write_text(source)
    return list(verify(plan, paths=[file]).proofs)


def test_the_area_is_the_files_name(plan: Plan, tmp_path: Path) -> None:
    (proof,) = proofs(plan, tmp_path / "ntp.py", "def test_clock_runs(): pass\n")
    assert proof.name == "ntp: clock runs"


def test_a_broken_file_is_named(plan: Plan, tmp_path: Path) -> None:
    (proof,) = proofs(plan, tmp_path / "test_web.py", "import nothing_like_this\n")
    assert proof.name == "web"
    assert "nothing_like_this" in proof.message


def test_a_failure_is_the_assertions_line(plan: Plan, tmp_path: Path) -> None:
    source = "class Service:\n    on = False\n\ndef test_on():\n    assert Service().on\n"
    (proof,) = proofs(plan, tmp_path / "web.py", source)
    assert proof.message.endswith("web.py:5: assert Service().on")
    assert "\n" not in proof.message


def test_compared_values_and_own_words_are_kept(plan: Plan, tmp_path: Path) -> None:
    source = "def test_a():\n    n = 3\n    assert n == 4\ndef test_b():\n    assert 0, 'no web'\n"
    first, second = proofs(plan, tmp_path / "web.py", source)
    assert first.message.endswith("web.py:3: assert n == 4 (assert 3 == 4)")
    assert "(no web)" in second.message


def test_a_node_out_of_reach_is_said_plainly(plan: Plan, tmp_path: Path) -> None:
    source = "def test_x(host): host.run('true')\ndef test_y(host): host.run('true')\n"
    found = proofs(plan, tmp_path / "web.py", source)
    reason = "n1 cannot be reached over SSH: connection refused"
    assert [proof.message for proof in found] == [reason, reason]
    assert {proof.node for proof in found} == {"n1"}


@pytest.mark.parametrize("report", ["junit", "json_report"])
def test_a_report_that_cannot_be_written_stops_it_first(
    plan: Plan, tmp_path: Path, report: str
) -> None:
    told: list[Proof] = []
    file = tmp_path / "web.py"
    file.write_text("def test_a(): pass\n")
    with pytest.raises(UsageError, match="cannot write"):
        if report == "junit":
            verify(plan, paths=[file], tell=told.append, junit=file / "x.xml")
        else:
            verify(plan, paths=[file], tell=told.append, json_report=tmp_path)
    assert told == []


def test_reports_are_written_in_new_folders(plan: Plan, tmp_path: Path) -> None:
    file, report = tmp_path / "web.py", tmp_path / "new" / "x.json"
    file.write_text("def test_a(): pass\n")
    verify(plan, paths=[file], json_report=report, junit=tmp_path / "new" / "x.xml")
    assert json.loads(report.read_text())["passed"] == 1
    assert (tmp_path / "new" / "x.xml").exists()


def test_breaking_it_off_is_no_verdict(plan: Plan, tmp_path: Path) -> None:
    source = "def test_a(): pass\ndef test_b(): raise KeyboardInterrupt\n"
    with pytest.raises(KeyboardInterrupt):
        proofs(plan, tmp_path / "web.py", source)

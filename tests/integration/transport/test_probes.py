"""Probes' one connection a node, which threads share."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from provision.verify.connection import ProbeRunner

pytestmark = pytest.mark.node

SHOW = 'sleep 0.2; echo "$SSH_CONNECTION"'


def test_threads_share_a_connection_which_is_made_again_when_it_breaks(node: Any) -> None:
    runner = ProbeRunner(node.ssh_config)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda _: runner.run(node.name, SHOW), range(6)))
    assert {answer.rc for answer in answers} == {0}
    (first,) = {answer.stdout for answer in answers}
    assert runner.run(node.name, "kill -9 $PPID; sleep 60").rc != 0
    again = runner.run(node.name, SHOW)
    assert again.rc == 0
    assert again.stdout != first


def test_a_command_has_its_standard_input_and_its_end(node: Any) -> None:
    runner = ProbeRunner(node.ssh_config)
    assert runner.run(node.name, "cat", "text\n").stdout == "text\n"
    assert runner.run(node.name, "cat; exit 3") == (3, "", "")

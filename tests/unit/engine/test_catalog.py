"""The catalog imports what is asked for, and gives threads that ask at once the same answer."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from provision.engine.catalog import _OnDemand


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("copy", "copy"),
        ("ansible.builtin.template", "template"),
        ("ansible.legacy.command", "command"),
        ("community.docker.docker_swarm", "docker_swarm"),
        ("ansible.builtin.systemd_service", "systemd"),
        ("include_tasks", "include_tasks"),
        ("assert", "assert"),
    ],
)
def test_names(name: str, short: str) -> None:
    found = _OnDemand().find(name)
    assert found is not None
    assert found.name == short


@pytest.mark.parametrize(
    "name", ["nothing_like_it", "community.docker.docker_swrm", "ansible.builtin.x.y"]
)
def test_unknown_names(name: str) -> None:
    assert _OnDemand().find(name) is None


def test_suggestions_know_all() -> None:
    assert _OnDemand().suggest("docker_swam") == "docker_swarm"
    assert {"debug", "copy", "docker_swarm"} <= set(_OnDemand().names())


def test_threads_that_ask_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    catalog = _OnDemand()
    together = threading.Barrier(4)
    learn = catalog._learn

    def slowly(name: str) -> None:
        together.wait(10)
        learn(name)

    monkeypatch.setattr(catalog, "_learn", slowly)
    with ThreadPoolExecutor(4) as threads:
        found = list(threads.map(catalog.find, ["gather_facts"] * 4))
    assert all(spec is not None and spec.name == "gather_facts" for spec in found)


def test_nothing_unasked_is_imported() -> None:
    code = (
        "import sys; from provision.engine.catalog import catalog; catalog().find('stat');"
        "print([m for m in sys.modules if m.startswith('provision.agent.modules.')])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "['provision.agent.modules.stat']"

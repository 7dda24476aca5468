"""Consul runs on each node, and together they are one healthy cluster."""

from __future__ import annotations

from typing import Any

import pytest

from provision.verify.ahead import Ahead
from provision.verify.plugin import PLAN
from provision.verify.probes import consul
from provision.verify.probes.base import Probe
from provision.verify.suite.support import expect, prove

CONFIG_DIRECTORY = "/etc/consul.d"


def test_service_runs_and_starts_at_boot(host: Any) -> None:
    service = host.service("consul")
    running = service.is_running
    expect(host, running, "service consul running", "it is not", "journalctl -u consul")
    expect(host, service.is_enabled, "service consul enabled", "it does not start at boot")


def test_http_api_is_on_loopback_only(host: Any) -> None:
    socket = host.socket("tcp://127.0.0.1:8500")
    expect(host, socket.is_listening, "Consul's HTTP API on 127.0.0.1:8500", "nothing")
    wide = host.socket("tcp://0.0.0.0:8500").is_listening
    expect(host, not wide, "the HTTP API on loopback only", "it listens on every address")


def test_secrets_are_not_for_everyone(host: Any) -> None:
    keyed = f"grep -lrE 'encrypt|PRIVATE KEY' {CONFIG_DIRECTORY}"
    files = host.check_output(f"{keyed} | xargs -r -I% find % -perm /o=rwx").strip()
    expect(host, not files, "no file with the gossip key, tokens or keys open to others", files)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The probes that concern this cluster: those of TLS and ACLs only where it has them."""
    if "probe" in metafunc.fixturenames:
        known = consul.probes(metafunc.config.stash[PLAN].consul)
        metafunc.parametrize("probe", known, ids=[probe.name for probe in known])


def test_cluster(probe: Probe, ahead: Ahead) -> None:
    prove(probe, ahead)

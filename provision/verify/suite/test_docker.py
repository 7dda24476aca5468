"""Each node runs a Docker Engine that survives a reboot."""

from __future__ import annotations

from typing import Any

import pytest

from provision.verify.ahead import Ahead
from provision.verify.probes import tls
from provision.verify.probes.base import Probe
from provision.verify.suite.support import expect, prove


def test_service_runs_and_starts_at_boot(host: Any) -> None:
    service = host.service("docker")
    running = service.is_running
    expect(host, running, "service docker running", "it is not", "journalctl -u docker")
    expect(host, service.is_enabled, "service docker enabled", "it does not start at boot")


def test_engine_answers(host: Any) -> None:
    done = host.run("docker version --format '{{.Server.Version}}'")
    expect(host, done.rc == 0, "the Engine to answer", done.stderr.strip() or done.stdout)


def test_socket_is_not_for_everyone(host: Any) -> None:
    """Who may write to the socket is root on the node."""
    socket = host.file("/var/run/docker.sock")
    expect(host, socket.is_socket, "a socket /var/run/docker.sock", "none")
    mode = socket.mode & 0o777
    expect(host, mode & 0o007 == 0, "no access for others", f"mode {mode:04o}")


def test_engine_is_not_on_the_network_without_tls(host: Any) -> None:
    """Port 2375 is the Engine without any authentication."""
    listens = host.socket("tcp://2375").is_listening
    expect(host, not listens, "nothing on the unauthenticated port 2375", "a listener")


def test_storage_driver_is_overlay(host: Any) -> None:
    done = host.run("docker info --format '{{.Driver}}'")
    driver = done.stdout.strip()
    expect(host, driver in {"overlay2", "overlayfs"}, "storage driver overlay2", driver or "none")


@pytest.mark.parametrize("probe", tls.PROBES, ids=lambda probe: probe.name)
def test_cluster(probe: Probe, ahead: Ahead) -> None:
    prove(probe, ahead)

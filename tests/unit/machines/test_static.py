"""Servers that exist: pinned on first use, never harmed. A paramiko server plays one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import paramiko
import pytest

from provision.errors import MachineError, ProvisionError, UsageError
from provision.machines.composite import CompositeDriver
from provision.machines.driver import ClusterSpec, MachineSpec, MachineState
from provision.machines.registry import choose_driver, driver_names, get_driver
from provision.machines.ssh_greeting import fingerprint
from provision.machines.static import StaticDriver


@pytest.fixture
def server() -> Iterator[tuple[int, str]]:
    """A listening SSH server: its port and its key."""
    key = paramiko.ECDSAKey.generate()
    listener = socket.create_server(("127.0.0.1", 0))
    ended = threading.Event()

    def serve() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            transport = paramiko.Transport(connection)
            transport.add_server_key(key)
            try:
                transport.start_server(event=threading.Event(), server=paramiko.ServerInterface())
            except paramiko.SSHException:
                continue

    threading.Thread(target=serve, daemon=True).start()
    yield listener.getsockname()[1], f"{key.get_name()} {key.get_base64()}"
    ended.set()
    listener.close()


@pytest.fixture
def cluster(tmp_path: Path) -> ClusterSpec:
    return ClusterSpec("lab", tmp_path, "ssh-ed25519 AAAA lab", tmp_path / "id")


def spec(port: int, **options: str) -> MachineSpec:
    return MachineSpec(
        "db-1", 101, options={"address": "127.0.0.1", "port": str(port), "user": "ops", **options}
    )


def test_a_server_is_pinned_on_first_use(cluster: ClusterSpec, server: tuple[int, str]) -> None:
    port, key = server
    driver, lines = StaticDriver(), list[str]()
    endpoint = driver.create(cluster, spec(port), lambda m, line: lines.append(line))
    assert endpoint.host_keys == (key,)
    assert fingerprint(key) in lines[0]
    assert "first use" in lines[0]
    again = driver.create(cluster, spec(port), lambda m, line: lines.append(line))
    assert again == endpoint == driver.endpoint(cluster, "db-1") == driver.start(cluster, "db-1")
    assert len(lines) == 1
    assert [m.state for m in driver.machines(cluster)] == [MachineState.RUNNING]


def test_another_fingerprint_is_refused(cluster: ClusterSpec, server: tuple[int, str]) -> None:
    port, key = server
    with pytest.raises(MachineError, match="another server, or somebody is in between"):
        StaticDriver().create(cluster, spec(port, fingerprint="SHA256:x"), lambda m, line: None)
    assert StaticDriver().machines(cluster) == []
    right = spec(port, fingerprint=fingerprint(key))
    assert StaticDriver().create(cluster, right, lambda m, line: None).host_keys == (key,)


def test_a_reinstalled_server_is_pinned_anew_when_its_key_is_said(
    cluster: ClusterSpec, server: tuple[int, str]
) -> None:
    driver, port = StaticDriver(), server[0]
    driver.create(cluster, spec(port, **{"host-key": "ssh-ed25519 AAAA"}), lambda m, line: None)
    assert driver.create(cluster, spec(port), lambda m, line: None).host_keys[0].endswith("AAAA")
    said = spec(port, fingerprint=fingerprint(server[1]))
    assert driver.create(cluster, said, lambda m, line: None).host_keys == (server[1],)


def test_a_server_that_moved_keeps_its_key(cluster: ClusterSpec, server: tuple[int, str]) -> None:
    driver = StaticDriver()
    elsewhere = spec(server[0] - 1, **{"host-key": "ssh-ed25519 AAAA"})
    driver.create(cluster, elsewhere, lambda m, line: None)
    with pytest.raises(MachineError, match="another server"):
        driver.create(cluster, spec(server[0]), lambda m, line: None)
    said = spec(server[0], fingerprint=fingerprint(server[1]))
    assert driver.create(cluster, said, lambda m, line: None).host_keys == (server[1],)


def test_what_it_did_not_make_it_does_not_harm(
    cluster: ClusterSpec, server: tuple[int, str]
) -> None:
    driver = StaticDriver()
    driver.create(cluster, spec(server[0]), lambda m, line: None)
    for kill in (False, True):
        with pytest.raises(UsageError, match="did not make this server"):
            driver.stop(cluster, "db-1", kill=kill)
    driver.destroy(cluster, "db-1")
    driver.destroy(cluster, "db-1")
    assert driver.machines(cluster) == []


def test_a_server_that_is_off_is_said(cluster: ClusterSpec, server: tuple[int, str]) -> None:
    driver = StaticDriver()
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    with pytest.raises(MachineError, match=f"no SSH server at 127.0.0.1:{port}"):
        driver.create(cluster, spec(port), lambda m, line: None)
    known = spec(port, **{"host-key": server[1]})
    driver.create(cluster, known, lambda m, line: None)
    assert driver.machines(cluster)[0].state is MachineState.BROKEN
    with pytest.raises(MachineError, match="does not power it on"):
        driver.start(cluster, "db-1")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"address": ""}, "address is missing"),
        ({"adress": "x"}, "no option 'adress'"),
        ({"key": "/nowhere/key"}, "no private key /nowhere/key"),
    ],
)
def test_bad_descriptions(cluster: ClusterSpec, options: dict[str, str], message: str) -> None:
    with pytest.raises(UsageError, match=message):
        StaticDriver().prepare(cluster, [spec(22, **options)], lambda m, line: None)


def test_one_server_is_one_machine(cluster: ClusterSpec) -> None:
    twin = MachineSpec("db-2", 102, options=spec(22).options)
    with pytest.raises(UsageError, match="db-1 and db-2 are the same server"):
        StaticDriver().prepare(cluster, [spec(22), twin], lambda m, line: None)


def test_it_is_built_in_but_never_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "static" in driver_names()
    assert get_driver("static", {}).name == "static"
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv("DOCKER_MACHINE_NAME", raising=False)
    with pytest.raises(ProvisionError, match="no driver works here"):
        choose_driver()


def test_mixed_clusters_ask_each_driver(cluster: ClusterSpec, server: tuple[int, str]) -> None:
    first, second = StaticDriver(), StaticDriver()
    second.name = "other"
    mixed = CompositeDriver(first, {"db-1": second})
    mixed.create(cluster, spec(server[0]), lambda m, line: None)
    assert mixed.of("db-1") is second
    assert mixed.of("lab-node-1") is first
    assert {machine.driver for machine in mixed.machines(cluster)} == {"static", "other"}

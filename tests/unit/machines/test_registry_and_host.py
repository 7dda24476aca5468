"""Drivers by name, and what doctor finds."""

from __future__ import annotations

import gzip
import os
import socket
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from provision.agent import kernel
from provision.errors import UsageError
from provision.machines import host, registry
from provision.machines.docker.engine import Engine

from .fake_vagrant import Fakes


class Fake:
    name = "fake"
    problems: list[str] = []

    def __init__(self, options: object) -> None:
        self.options = options

    def check(self) -> list[str]:
        return self.problems


@pytest.fixture
def third_party(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    point = EntryPoint("fake", f"{__name__}:Fake", registry.GROUP)
    monkeypatch.setattr(EntryPoint, "load", lambda self: Fake)
    monkeypatch.setattr(registry, "entry_points", lambda group: [point])
    monkeypatch.setenv("PATH", str(tmp_path))  # no Vagrant, whatever this host has


def test_an_unknown_driver_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match="unknown driver 'dokcer'") as caught:
        registry.get_driver("dokcer", {})
    assert "'docker'" in (caught.value.hint or "")


def test_docker_is_built_in() -> None:
    assert registry.driver_names()[0] == "docker"
    assert registry.get_driver("docker", {}).name == "docker"


def test_virtualbox_where_it_works_comes_before_containers(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fakes = Fakes(tmp_path)
    fakes.install("vagrant", "VBoxManage")
    fakes.answer("VBoxManage --version", "7.0.20r163906\n")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert registry.choose_driver() == ("vagrant", "VirtualBox works; machines are VMs")


@pytest.mark.usefixtures("third_party")
def test_third_parties_bring_drivers_by_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "fake" in registry.driver_names()
    made = registry.get_driver("fake", {"a": "b"})
    assert isinstance(made, Fake)
    assert made.options == {"a": "b"}
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    name, why = registry.choose_driver()
    assert name == "fake"
    assert "docker: no socket /nowhere/docker.sock" in why
    monkeypatch.setattr(Fake, "problems", ["it is a fake"])
    with pytest.raises(UsageError, match=r"no driver works here.*it is a fake"):
        registry.choose_driver()


def test_an_engine_that_is_not_there_says_how_to_get_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/docker.sock")
    problem = Engine().problem() or ""
    assert "apt-get install docker.io" in problem
    assert "systemctl start docker" in problem
    check = host.docker_engine(Engine())
    assert check.status == "fail"
    assert check.fix.startswith("install it")


def test_a_socket_one_may_not_use_says_which_group(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{path}")
    Engine().problem()  # imports the SDK while it may still be read
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        path.chmod(0)
        listening.listen()
        me = os.geteuid()
        if me == 0:
            os.seteuid(65534)
        try:
            problem = Engine().problem() or ""
        finally:
            os.seteuid(me)
    assert "usermod -aG docker" in problem


def test_an_engine_far_away_that_does_not_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    assert "check DOCKER_HOST" in (Engine().problem() or "")


def test_doctor_examines_without_an_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    checks = {check.name: check for check in host.examine()}
    assert checks["Docker Engine"].status == "fail"
    assert {"inotify instances", "ssh client", "IPVS", "ESP", "Vagrant"} <= set(checks)
    assert all(check.fix for check in checks.values() if check.status == "fail")


def test_the_image_needs_a_mirror_or_a_registry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda command: None)
    assert host.image_source(lambda: True).status == "ok"
    lacking = host.image_source(lambda: False)
    assert lacking.status == "warn"
    assert lacking.fix == "apt-get install mmdebstrap"


def test_a_low_inotify_limit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "limit"
    file.write_text("128\n")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert "sysctl -w fs.inotify.max_user_instances=1024" in host.inotify(file).fix
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert host.inotify(file).status == "ok"


IPVS = next(feature for feature in kernel.FEATURES if feature.name == "IPVS")


def put(root: Path, name: str, content: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    data = content.encode()
    path.write_bytes(gzip.compress(data) if name.endswith(".gz") else data)


@pytest.mark.parametrize(
    ("file", "content", "how"),
    [
        ("proc/modules", "ip_vs 1 0 - Live 0x0\n", "loaded"),
        ("proc/modules", "ip_vs_rr 1 0 - Live 0x0\n", None),
        ("sys/module/ip_vs/version", "1\n", "built in"),
        ("lib/modules/6.1/modules.builtin", "kernel/net/netfilter/ipvs/ip_vs.ko\n", "built in"),
        (
            "lib/modules/6.1/modules.dep",
            "kernel/net/ipvs/ip-vs.ko.xz: kernel/nf.ko\n",
            "available as a module",
        ),
        ("lib/modules/6.1/modules.dep", "kernel/x.ko: kernel/ip_vs.ko\n", None),
        ("proc/config.gz", "CONFIG_IP_VS=y\n", "built in"),
        ("boot/config-6.1", "CONFIG_IP_VS=m\n# CONFIG_IP_VS=y\n", None),
    ],
)
def test_kernel_features(tmp_path: Path, file: str, content: str, how: str | None) -> None:
    put(tmp_path, file, content)
    assert kernel.has(IPVS, str(tmp_path), "6.1") == how

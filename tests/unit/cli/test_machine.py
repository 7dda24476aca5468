"""docker-machine's command lines: taken, or refused with the reason."""

from __future__ import annotations

from pathlib import Path

import pytest

from provision.cli.app import run
from provision.cli.machine import COMMANDS


@pytest.fixture(autouse=True)
def empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PROVISION_DIR", raising=False)
    return tmp_path


def test_docker_machines_commands_are_all_there() -> None:
    """https://docs.docker.com/machine/reference/ as it was archived, but for `help`."""
    assert sorted(COMMANDS) == [
        *("active", "config", "create", "env", "inspect", "ip", "kill", "ls", "mount"),
        *("provision", "regenerate-certs", "restart", "rm", "scp", "ssh", "start", "status"),
        *("stop", "upgrade", "url", "version"),
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("creat x", "did you mean 'create'"),
        ("create --swarm-master x", "classic Swarm"),
        ("create --swarm-discovery token://1 x", "bootstrap swarm"),
        ("create --virtualbox-boot2docker-url http://x x", "Debian"),
        ("create -d amazonec2 x", "--driver static"),
        ("create -d none x", "only a URL"),
        ("create -d dokcer x", "did you mean 'docker'"),
        ("create -d docker --ip 10.0.0.1 x", "--driver static"),
        ("create -d static x", "address is missing"),
        ("create -d static --ip 10.0.0.1 --ssh-key nowhere x", "no private key"),
        ("create Not_A_Host", "host name"),
        ("create --engine-opt live-restore x", "swarm"),
        ("create --engine-install-url https://get.docker.com x", "is a script"),
        ("ls --filter drivr=x", "did you mean 'driver'"),
        ("ssh nobody", "machine create"),
        ("scp a b", "neither path is on a machine"),
        ("rm", "which machines"),
        ("env", "which machine"),
    ],
)
def test_bad_input_is_refused_with_a_hint(
    words: str, said: str, capsys: pytest.CaptureFixture[str], empty_folder: Path
) -> None:
    assert run(["machine", *words.split()]) != 0
    error = capsys.readouterr().err
    assert said in error
    assert "Traceback" not in error
    assert not list(empty_folder.glob(".provision/clusters/*/state.json"))

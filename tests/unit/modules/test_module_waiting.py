"""wait_for and find."""

from __future__ import annotations

import os
import socket
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from provision.agent.modules import wait_for
from provision.agent.task import ModuleFailed, ModuleTask


@pytest.fixture
def listener() -> Any:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def test_ports(call: Any, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    assert call("wait_for", port=port, timeout=5)["state"] == "started"
    still = call("wait_for", port=port, state="stopped", timeout=0, msg="still there")
    assert still["failed"] and still["msg"] == "still there"
    listener.close()
    assert not call("wait_for", port=port, state="stopped", timeout=5)["changed"]
    result = call("wait_for", port=port, timeout=0)
    assert result["failed"] and f"127.0.0.1:{port}" in result["msg"]


def test_what_a_port_says(call: Any, listener: socket.socket) -> None:
    def serve() -> None:
        accepted, _ = listener.accept()
        with accepted:
            accepted.sendall(b"SSH-2.0-Open")
            time.sleep(0.05)
            accepted.sendall(b"SSH_9\r\n")

    threading.Thread(target=serve, daemon=True).start()
    port = listener.getsockname()[1]
    found = call("wait_for", port=port, search_regex=r"OpenSSH_(?P<v>\d)", timeout=5)
    assert found["match_groups"] == ["9"] and found["match_groupdict"] == {"v": "9"}


def test_drained(call: Any, listener: socket.socket) -> None:
    port = listener.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)) as client:
        accepted, _ = listener.accept()
        assert call("wait_for", port=port, state="drained", timeout=0)["failed"]
        excluded = {"exclude_hosts": ["127.0.0.1"]}
        assert not call("wait_for", port=port, state="drained", timeout=0, **excluded)["changed"]
        client.close()
        accepted.close()
    only = {"active_connection_states": ["ESTABLISHED"]}
    assert not call("wait_for", port=port, state="drained", timeout=5, **only)["changed"]


def test_paths(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "f"
    assert "absent" in call("wait_for", path=str(tmp_path), state="absent", timeout=0)["msg"]
    assert not call("wait_for", path=str(path), state="absent", timeout=0)["changed"]
    threading.Timer(0.2, path.write_text, ("ready: 7\n",)).start()
    found = call("wait_for", path=str(path), search_regex=r"ready: (\d)", timeout=10)
    assert found["match_groups"] == ["7"]
    assert "'gone'" in call("wait_for", path=str(path), search_regex="gone", timeout=0)["msg"]


@pytest.mark.parametrize(
    "args",
    [
        {"path": "/x", "state": "drained"},
        {"state": "drained"},
        {"port": 1, "search_regex": "(", "timeout": 0},
        {"port": 1, "search_regex": "x", "state": "stopped"},
    ],
)
def test_wait_for_refuses(call: Any, args: dict[str, Any]) -> None:
    assert call("wait_for", **args)["failed"]


def test_find(call: Any, tmp_path: Path) -> None:
    (tmp_path / "sub" / ".hidden").mkdir(parents=True)
    for name, text in (("a.log", "x" * 2000), ("b.txt", "hello\n"), ("sub/c.log", "y")):
        (tmp_path / name).write_text(text)
    (tmp_path / "sub" / ".hidden" / "d.log").write_text("")
    os.utime(tmp_path / "a.log", (0, 0))

    def names(**args: Any) -> list[str]:
        found = call("find", paths=[str(tmp_path)], **args)
        assert found["matched"] == len(found["files"])
        return sorted(os.path.relpath(one["path"], tmp_path) for one in found["files"])

    assert names() == ["a.log", "b.txt"]
    # What is in a hidden directory is found, as with Ansible; the directory itself is not.
    assert names(patterns="*.log", recurse=True) == ["a.log", "sub/.hidden/d.log", "sub/c.log"]
    assert names(file_type="directory", recurse=True) == ["sub"]
    assert names(file_type="directory", recurse=True, hidden=True) == ["sub", "sub/.hidden"]
    assert names(mode="0600") == [] and len(names(mode="u=r", exact_mode=False)) == 2
    assert names(patterns=r"^[ab]\.", use_regex=True, excludes="^b") == ["a.log"]
    assert names(file_type="directory") == ["sub"]
    assert names(age="1d") == ["a.log"] and names(age="-1d") == ["b.txt"]
    assert names(size="1k") == ["a.log"] and names(size="-1k") == ["b.txt"]
    assert names(contains="hel+o") == ["b.txt"]
    assert names(recurse=True, depth=1) == ["a.log", "b.txt"]
    assert call("find", paths="/no/such")["skipped_paths"]
    assert call("find", paths=str(tmp_path), age="old")["failed"]


def test_cron_and_sysctl_files(call: Any, tmp_path: Path) -> None:
    path = tmp_path / "jobs"
    job = {"name": "backup", "cron_file": str(path), "user": "root", "job": "/bin/true"}
    assert call("cron", minute="5", **job)["changed"]
    assert not call("cron", minute="5", **job)["changed"]
    assert path.read_text() == "#Ansible: backup\n5 * * * * root /bin/true\n"
    assert call("cron", special_time="daily", disabled=True, **job)["jobs"] == ["backup"]
    assert "#@daily root /bin/true" in path.read_text()
    variable = {"name": "PATH", "cron_file": str(path), "env": True}
    assert call("cron", job="/bin", **variable)["envs"] == ["PATH"]
    assert not call("cron", job="/bin", **variable)["changed"]
    assert call("cron", state="absent", **variable)["changed"]
    assert call("cron", name="backup", cron_file=str(path), state="absent")["changed"]
    assert not path.exists()
    conf = tmp_path / "99.conf"
    conf.write_text("# c\nvm.swappiness = 60\n")
    args = {"name": "vm.swappiness", "sysctl_file": str(conf), "reload": False}
    assert not call("sysctl", value="60", **args)["changed"]
    assert call("sysctl", value="10", **args)["changed"]
    assert conf.read_text() == "# c\nvm.swappiness=10\n"
    assert call("sysctl", state="absent", **args)["changed"]
    assert conf.read_text() == "# c\n"


def test_what_is_waited_for_is_said_once(tmp_path: Path) -> None:
    said: list[str] = []
    args = wait_for.SPEC.validate({"path": str(tmp_path / "x"), "timeout": 1}, on_node=True)
    with pytest.raises(ModuleFailed):
        wait_for.run(ModuleTask(args, emit=said.append))
    assert said == [f"waiting for {tmp_path}/x to be present, 1 s at most\n"]

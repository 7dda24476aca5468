"""Everything that keeps a session from opening, and what is said about it."""

from __future__ import annotations

import dataclasses
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from provision.errors import Unreachable
from provision.transport.pool import SessionPool
from provision.transport.session import Request
from provision.transport.target import Target
from tests.integration.transport.conftest import PASSWORD

pytestmark = pytest.mark.node
Shell = Callable[..., str]


def refused(pool: SessionPool, target: Target) -> str:
    with pytest.raises(Unreachable) as caught:
        pool.get(target)
    assert caught.value.host == target.name
    assert caught.value.hint
    return caught.value.render()


def generated_key(path: Path, passphrase: str = "") -> Path:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    encryption: Any = (
        serialization.BestAvailableEncryption(passphrase.encode())
        if passphrase
        else serialization.NoEncryption()
    )
    key = Ed25519PrivateKey.generate()
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, encryption
        )
    )
    path.chmod(0o600)
    return path


def test_the_wrong_key(pool: SessionPool, node: Any, tmp_path: Path) -> None:
    key = generated_key(tmp_path / "wrong")
    text = refused(pool, dataclasses.replace(node.target, key_files=(str(key),)))
    assert f"{node.user}@{node.address}:{node.port}: permission denied" in text
    assert str(key) in text


def test_a_key_that_is_missing_broken_or_locked(
    pool: SessionPool, node: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    broken = tmp_path / "broken"
    broken.write_text("not a key")
    locked = generated_key(tmp_path / "locked", "open sesame")
    files = (str(tmp_path / "absent"), str(broken), str(locked))
    text = refused(pool, dataclasses.replace(node.target, key_files=files))
    assert "absent (does not exist)" in text
    assert "broken (is not a private key that can be read)" in text
    assert "locked (needs a passphrase)" in text


def test_a_locked_key_opens_with_the_password(pool: SessionPool, node: Any, tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization

    key = serialization.load_ssh_private_key(Path(node.key_file).read_bytes(), None)
    locked = tmp_path / "locked"
    locked.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.OpenSSH,
            serialization.BestAvailableEncryption(b"open sesame"),
        )
    )
    target = dataclasses.replace(node.target, key_files=(str(locked),), password="open sesame")
    assert pool.get(target).alive


def test_an_unknown_host_key(pool: SessionPool, node: Any, tmp_path: Path) -> None:
    empty = tmp_path / "known_hosts"
    target = dataclasses.replace(node.target, known_hosts=str(empty))
    text = refused(pool, target)
    assert f"is not in {empty}" in text
    # What it says to add is what makes it work.
    command = text.splitlines()[-1].strip()
    line = command[command.index("'") + 1 : command.rindex("'")]
    empty.write_text(line + "\n")
    assert pool.get(target).alive


def test_a_changed_host_key(pool: SessionPool, node: Any, tmp_path: Path) -> None:
    from paramiko import Ed25519Key, PKey

    other = PKey.from_path(generated_key(tmp_path / "other"))
    assert isinstance(other, Ed25519Key)
    pinned = tmp_path / "known_hosts"
    name = node.address if node.port == 22 else f"[{node.address}]:{node.port}"
    pinned.write_text(f"{name} {other.get_name()} {other.get_base64()}\n")
    text = refused(pool, dataclasses.replace(node.target, known_hosts=str(pinned)))
    assert "THE HOST KEY HAS CHANGED" in text
    assert f"{pinned}:1" in text
    assert "ssh-keygen -f" in text


def test_checking_switched_off(pool: SessionPool, node: Any, tmp_path: Path) -> None:
    target = dataclasses.replace(
        node.target, known_hosts=str(tmp_path / "absent"), host_key_checking=False
    )
    assert pool.get(target).alive


def test_a_dead_port(pool: SessionPool, node: Any) -> None:
    text = refused(pool, dataclasses.replace(node.target, port=1))
    assert f"{node.address}:1: connection refused" in text


def test_a_name_that_does_not_resolve(pool: SessionPool, node: Any) -> None:
    text = refused(pool, dataclasses.replace(node.target, address="no-such-host.invalid"))
    assert "cannot resolve 'no-such-host.invalid'" in text


def test_a_port_that_never_speaks(pool: SessionPool, node: Any) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = dataclasses.replace(
            node.target,
            address="127.0.0.1",
            port=server.getsockname()[1],
            connect_timeout=0.5,
        )
        assert "no SSH session within 0.5 s" in refused(pool, target)


def test_a_port_that_speaks_something_else(pool: SessionPool, node: Any) -> None:
    import threading

    with socket.create_server(("127.0.0.1", 0)) as server:

        def answer() -> None:
            client, _ = server.accept()
            with client:
                client.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n" * 50)

        threading.Thread(target=answer, daemon=True).start()
        target = dataclasses.replace(node.target, address="127.0.0.1", port=server.getsockname()[1])
        assert "not SSH" in refused(pool, target)


def test_no_python_there(pool: SessionPool, node: Any) -> None:
    text = refused(pool, dataclasses.replace(node.target, python="/opt/none/python3"))
    assert "there is no Python at /opt/none/python3" in text
    assert "raw" in text


def test_a_login_script_that_talks(pool: SessionPool, account: Callable[..., Target]) -> None:
    target = account("talker", bashrc="echo Welcome; echo to the node >&2; printf '\\377'\n")
    assert pool.get(target).call(Request("ping", {})).result["ping"] == "pong"


def test_a_password_logs_in(
    pool: SessionPool,
    account: Callable[..., Target],
    shell: Shell,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    target = dataclasses.replace(account("typist"), key_files=(), password=PASSWORD, port=2244)
    # A server of its own, for the node's refuses passwords.
    shell("/usr/sbin/sshd -p 2244 -o PasswordAuthentication=yes -o PidFile=/run/sshd-2244.pid")
    assert pool.get(target).facts["user_id"] == "typist"
    wrong = dataclasses.replace(target, password="wrong")
    text = refused(pool, wrong)
    assert "Tried the password." in text
    assert "wrong" not in text
    shell("kill $(cat /run/sshd-2244.pid)")


def test_an_account_without_a_shell(
    pool: SessionPool, account: Callable[..., Target], shell: Shell
) -> None:
    target = account("shellless")
    shell("usermod -s /usr/sbin/nologin shellless")
    assert "not available" in refused(pool, target)
    shell("usermod -s /bin/bash shellless")


def test_a_jump_host_and_a_proxy_command(pool: SessionPool, node: Any, tmp_path: Path) -> None:
    jump = f"{node.user}@{node.address}:{node.port}"
    target = dataclasses.replace(node.target, name="jumped", jump_hosts=(jump, jump))
    assert pool.get(target).call(Request("ping", {})).result["ping"] == "pong"
    dead = dataclasses.replace(node.target, port=1, jump_hosts=(jump,))
    assert "the jump host cannot reach it" in refused(pool, dead)
    python = shutil.which("python3")
    relay = tmp_path / "relay.py"
    relay.write_text(
        "import socket, sys, threading, os\n"
        "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "def up():\n"
        "    while data := os.read(0, 65536):\n        s.sendall(data)\n"
        "    s.shutdown(1)\n"
        "threading.Thread(target=up, daemon=True).start()\n"
        "while data := s.recv(65536):\n    os.write(1, data)\n"
    )
    config = tmp_path / "config"
    config.write_text(f"Host *\n  ProxyCommand {python} {relay} %h %p\n")
    target = dataclasses.replace(node.target, name="proxied", ssh_config=str(config))
    assert pool.get(target).call(Request("ping", {})).result["ping"] == "pong"

"""Accounts on the node for these tests, and a pool to reach them."""

from __future__ import annotations

import dataclasses
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from provision.transport.pool import SessionPool
from provision.transport.target import Target

PASSWORD = "correct horse"
Shell = Callable[..., str]


@pytest.fixture
def pool() -> Iterator[SessionPool]:
    with SessionPool() as made:
        yield made


@pytest.fixture(scope="session")
def shell(node: Any) -> Iterator[Shell]:
    """Run a line as root on the node, past everything under test but ``raw``."""
    pool = SessionPool()

    def run(line: str, check: bool = True) -> str:
        status, out, err = pool.raw(node.target, line, timeout=60)
        assert not check or status == 0, f"{line}: {status} {err}"
        return out

    yield run
    pool.close()


@pytest.fixture(scope="session")
def account(
    shell: Shell, node: Any, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Target]:
    """Make an unprivileged account that logs in with the node's key; its Target."""
    public = Path(f"{node.key_file}.pub")
    if public.is_file():
        key = public.read_text().strip()
    else:
        from paramiko import PKey

        loaded = PKey.from_path(node.key_file)
        key = f"{loaded.get_name()} {loaded.get_base64()}"

    def make(name: str, sudoers: str = "", bashrc: str = "") -> Target:
        shell(f"id {name} >/dev/null 2>&1 || useradd -m -s /bin/bash {name}")
        shell(f"echo {shlex.quote(f'{name}:{PASSWORD}')} | chpasswd")
        home = f"/home/{name}"
        shell(
            f"install -d -m 700 -o {name} {home}/.ssh && "
            f"echo {shlex.quote(key)} > {home}/.ssh/authorized_keys && "
            f"chown {name} {home}/.ssh/authorized_keys"
        )
        shell(f"printf %s {shlex.quote(bashrc)} > {home}/.bashrc")
        shell(f"rm -f /etc/sudoers.d/{name}")
        if sudoers:
            shell(f"echo {shlex.quote(f'{name} {sudoers}')} > /etc/sudoers.d/{name}")
        return dataclasses.replace(node.target, name=name, user=name)

    return make

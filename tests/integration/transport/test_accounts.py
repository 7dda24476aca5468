"""Becoming other users, and where the agent's code ends up."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from provision.errors import TaskFailed
from provision.transport.payload import payload
from provision.transport.pool import SessionPool
from provision.transport.session import Request
from provision.transport.target import Become, Target
from tests.integration.transport.conftest import PASSWORD

pytestmark = pytest.mark.node
Shell = Callable[..., str]
Account = Callable[..., Target]


def refused(pool: SessionPool, target: Target, become: Become) -> str:
    with pytest.raises(TaskFailed) as caught:
        pool.get(target, become)
    text = caught.value.render()
    assert PASSWORD not in text
    return text


def test_root_becomes_an_unprivileged_user_and_nothing_is_readable_by_others(
    pool: SessionPool, node: Any, account: Account, shell: Shell
) -> None:
    account("plain")
    shell("rm -rf /home/plain/.cache")
    session = pool.get(node.target, Become("plain"))
    assert session.facts["user_id"] == "plain"
    assert session.facts["user_dir"] == "/home/plain"
    reply = session.call(Request("shell", {"_raw_params": "id -un; pwd; umask"}))
    assert reply.result["stdout"].split() == ["plain", "/home/plain", "0022"]
    cache = f"/home/plain/.cache/provision/agent-{payload().name}"
    assert shell(f"stat -c '%a %U' {cache}").split() == ["700", "plain"]
    assert shell("find /tmp /var/tmp -name 'tmp-agent-*'") == ""
    assert pool.get(node.target).facts["user_id"] == node.user


def test_a_user_without_home_runs_from_a_directory_that_goes_away(
    pool: SessionPool, node: Any, shell: Shell
) -> None:
    session = pool.get(node.target, Become("nobody"))
    assert session.facts["user_id"] == "nobody"
    found = shell("find /tmp /var/tmp /dev/shm -maxdepth 1 -name 'tmp-agent-*' -printf '%m %u\\n'")
    assert set(found.splitlines()) == {"700 nobody"}
    session.call(Request("ping", {}))
    pool.close()
    shell("for i in $(seq 300); do ls -d /tmp/tmp-agent-* || exit 0; sleep 0.1; done; exit 1")


def test_a_home_that_cannot_be_written(pool: SessionPool, account: Account, shell: Shell) -> None:
    target = account("readonly")
    shell("rm -rf /home/readonly/.cache; chown root:root /home/readonly; chmod 755 /home/readonly")
    assert pool.get(target).call(Request("ping", {})).result["ping"] == "pong"
    assert shell("ls -A /home/readonly | grep -c cache || true").strip() == "0"


def test_the_payload_is_cached_and_healed(
    pool: SessionPool, account: Account, shell: Shell
) -> None:
    target = account("cached")
    pool.get(target)
    cache = f"/home/cached/.cache/provision/agent-{payload().name}"
    inode = shell(f"stat -c %i {cache}")
    pool.reset(target)
    pool.get(target)
    assert shell(f"stat -c %i {cache}") == inode
    assert int(shell(f"find {cache} -name '*.pyc' | wc -l")) > 5
    pool.reset(target)
    shell(f"for f in $(find {cache} -name '*.py*'); do : > $f; done")
    assert pool.get(target).call(Request("ping", {})).result["ping"] == "pong"
    assert shell("ls /home/cached/.cache/provision") == f"agent-{payload().name}\n"


def test_several_agents_at_once_on_an_empty_cache(account: Account, shell: Shell) -> None:
    from concurrent.futures import ThreadPoolExecutor

    target = account("crowd")
    shell("rm -rf /home/crowd/.cache")

    def one(number: int) -> str:
        with SessionPool() as pool:
            session = pool.get(dataclasses.replace(target, name=f"crowd{number}"))
            return str(session.call(Request("ping", {})).result["ping"])

    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(one, range(4))) == ["pong"] * 4
    assert shell("ls /home/crowd/.cache/provision") == f"agent-{payload().name}\n"


def test_sudo_with_a_password(pool: SessionPool, account: Account, shell: Shell) -> None:
    target = account("sudoer", sudoers="ALL=(ALL) ALL")
    session = pool.get(target, Become("root", password=PASSWORD))
    assert session.facts["user_uid"] == 0
    assert PASSWORD not in shell("cat /proc/[0-9]*/cmdline | tr '\\0' ' '")
    assert pool.raw(target, "id -un", Become("root", password=PASSWORD))[:2] == (0, "root\n")


def test_sudo_without_asking(pool: SessionPool, account: Account) -> None:
    target = account("trusted", sudoers="ALL=(ALL) NOPASSWD: ALL")
    for password in (None, "not needed"):
        session = pool.get(target, Become("root", password=password))
        assert session.call(Request("ping", {})).result["ping"] == "pong"


def test_sudo_refusals(pool: SessionPool, account: Account) -> None:
    sudoer = account("sudoer", sudoers="ALL=(ALL) ALL")
    stranger = account("stranger")
    wrong = Become("root", password="wrong")
    assert "the password is wrong" in refused(pool, sudoer, wrong)
    assert "none was given" in refused(pool, sudoer, Become("root"))
    assert "sudo does not allow it" in refused(pool, stranger, Become("root", password=PASSWORD))
    nobody = Become("nosuchuser", password=PASSWORD)
    assert "no such user" in refused(pool, sudoer, nobody)


def test_su(pool: SessionPool, node: Any, account: Account) -> None:
    plain = account("plain")
    other = account("other")
    assert pool.get(node.target, Become("plain", "su")).facts["user_id"] == "plain"
    assert pool.get(node.target, Become("nobody", "su")).facts["user_id"] == "nobody"
    session = pool.get(plain, Become("other", "su", PASSWORD))
    assert session.facts["user_id"] == other.user
    text = refused(pool, plain, Become("other", "su", "wrong"))
    assert "cannot become other with su: the password is wrong" in text
    assert "none was given" in refused(pool, plain, Become("other", "su"))


def test_becoming_the_user_who_logged_in(pool: SessionPool, node: Any) -> None:
    assert pool.get(node.target, Become(node.user)) is pool.get(node.target)

"""user, group, authorized_key and getent on a real node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytestmark = pytest.mark.node

USER = "provtest"
GROUPS = ("provtest-a", "provtest-b")
KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEl2ZXJ5IHJlYWwga2V5IGZvciBhIHRlc3Qgb2Yga2V5"
HASH = "$6$saltsalt$" + "x" * 86


@pytest.fixture
def clean(call: Any) -> Iterator[None]:
    def remove() -> None:
        call("user", name=USER, state="absent", remove=True, force=True)
        for group in (USER, *GROUPS):
            call("group", name=group, state="absent")

    remove()
    for group in GROUPS:
        call("group", name=group)
    yield
    remove()


def test_group(call: Any, clean: None) -> None:
    assert call("group", name=USER, gid=4321, check=True)["changed"]
    assert call("group", name=USER, gid=4321)["gid"] == 4321
    assert not call("group", name=USER, gid=4321)["changed"]
    assert call("group", name=USER, gid=4322)["gid"] == 4322
    assert "4322" in call("group", name=GROUPS[0], gid=4322)["msg"]
    assert call("group", name=USER, state="absent")["changed"]
    assert not call("group", name=USER, state="absent")["changed"]


def test_user(call: Any, clean: None) -> None:
    args = {"name": USER, "shell": "/bin/bash", "comment": "A test", "groups": GROUPS[0]}
    assert call("user", check=True, **args)["changed"]
    made = call("user", **args)
    assert made["changed"] and made["shell"] == "/bin/bash" and made["home"] == f"/home/{USER}"
    assert call("stat", path=made["home"])["stat"]["pw_name"] == USER
    assert not call("user", **args)["changed"]
    assert call("user", name=USER, groups=[GROUPS[1]], append=True)["changed"]
    assert not call("user", name=USER, groups=[GROUPS[1]], append=True)["changed"]
    assert call("command", argv=["id", "-nG", USER])["stdout"].split() == [USER, *GROUPS]
    assert call("user", name=USER, groups=[GROUPS[1]])["changed"]
    assert call("command", argv=["id", "-nG", USER])["stdout"].split() == [USER, GROUPS[1]]
    assert call("user", name=USER, groups=[])["changed"]
    assert "no group nope" in call("user", name=USER, groups=["nope"])["msg"]
    gone = call("user", name=USER, state="absent", remove=True)
    assert gone["changed"] and not call("stat", path=made["home"])["stat"]["exists"]
    assert not call("user", name=USER, state="absent", remove=True)["changed"]


def test_password_and_ageing(call: Any, clean: None) -> None:
    made = call("user", name=USER, password=HASH)
    assert made["changed"] and HASH not in str(made)
    assert call("command", argv=["getent", "shadow", USER])["stdout"].split(":")[1] == HASH
    assert not call("user", name=USER, password=HASH)["changed"]
    other = HASH.replace("x", "y")
    assert not call("user", name=USER, password=other, update_password="on_create")["changed"]
    assert call("user", name=USER, password_lock=True)["changed"]
    assert not call("user", name=USER, password_lock=True)["changed"]
    assert call("user", name=USER, password_lock=False)["changed"]
    ageing = {"password_expire_max": 90, "expires": 1893456000}
    assert call("user", name=USER, **ageing)["changed"]
    assert not call("user", name=USER, **ageing)["changed"]
    assert call("user", name=USER, expires=-1)["changed"]
    assert not call("user", name=USER, expires=-1)["changed"]
    assert (
        "look like a hash" in call("user", name=USER, password="plain", check=True)["warnings"][0]
    )


def test_system_account_and_keys(call: Any, clean: None) -> None:
    made = call("user", name=USER, system=True, create_home=False, home="/srv/provtest")
    assert made["uid"] < 1000 and not call("stat", path="/srv/provtest")["stat"]["exists"]
    assert call("user", name=USER, home="/srv/provtest")["changed"]
    keyed = call(
        "user",
        name=USER,
        generate_ssh_key=True,
        ssh_key_type="ed25519",
        ssh_key_passphrase="open sesame",
    )
    assert keyed["ssh_public_key"].startswith("ssh-ed25519 ")
    opened = call(
        "command", argv=["ssh-keygen", "-y", "-P", "open sesame", "-f", keyed["ssh_key_file"]]
    )
    assert opened["stdout"].split()[1] == keyed["ssh_public_key"].split()[1]
    assert not call("user", name=USER, generate_ssh_key=True, ssh_key_type="ed25519")["changed"]


def test_authorized_key(call: Any, clean: None) -> None:
    call("user", name=USER)
    args = {"user": USER, "key": KEY + " one@host"}
    assert call("authorized_key", check=True, **args)["changed"]
    assert call("authorized_key", **args)["changed"]
    assert not call("authorized_key", **args)["changed"]
    path = f"/home/{USER}/.ssh/authorized_keys"
    found = call("stat", path=path)["stat"]
    assert (found["mode"], found["pw_name"]) == ("0600", USER)
    assert call("stat", path=f"/home/{USER}/.ssh")["stat"]["mode"] == "0700"
    assert call("authorized_key", key_options='from="10.0.0.1"', **args)["changed"]
    assert not call("authorized_key", key_options='from="10.0.0.1"', **args)["changed"]
    assert call("command", argv=["cat", path])["stdout"] == f'from="10.0.0.1" {KEY} one@host'
    other = KEY.replace("Ivery", "Iother").replace("EEl2", "EEl3")
    assert call("authorized_key", user=USER, key=other, exclusive=True)["changed"]
    assert call("command", argv=["cat", path])["stdout"] == other
    assert call("authorized_key", user=USER, key=other, state="absent")["changed"]
    assert not call("authorized_key", user=USER, key=other, state="absent")["changed"]
    useless = call("authorized_key", user=USER, key="ssh-rsa no!key")
    assert useless["changed"] and "cannot read" in useless["warnings"][0]
    assert not call("authorized_key", user=USER, key="ssh-rsa no!key")["changed"]
    removed = call("authorized_key", user=USER, key="ssh-rsa no!key", state="absent")
    assert removed["changed"] and "warnings" not in removed
    assert "not a public key" in call("authorized_key", user=USER, key="garbage")["msg"]


def test_getent(call: Any) -> None:
    facts = call("getent", database="passwd", key="root")["ansible_facts"]
    assert facts["getent_passwd"]["root"][1] == "0"
    assert call("getent", database="passwd", key="no-such-user")["failed"]
    lenient = call("getent", database="passwd", key="no-such-user", fail_key=False)
    assert lenient["ansible_facts"]["getent_passwd"]["no-such-user"] is None

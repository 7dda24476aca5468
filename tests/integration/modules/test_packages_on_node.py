"""apt and its kin on a real Debian."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.node

PACKAGE = "hello"


@pytest.fixture(scope="module", autouse=True)
def lists(call: Any) -> None:
    call("apt", update_cache=True, cache_valid_time=86400)
    call("apt", name=PACKAGE, state="absent", purge=True)


def test_install_and_remove(call: Any) -> None:
    looked = call("apt", name=PACKAGE, check=True, diff=True)
    assert looked["changed"] and PACKAGE in looked["diff"]["after"]
    made = call("apt", name=[PACKAGE], diff=True)
    assert made["changed"] and made["diff"]["before"] == ""
    assert call("command", cmd="hello")["stdout"] == "Hello, world!"
    assert not call("apt", name=PACKAGE)["changed"]
    assert not call("apt", name=PACKAGE, state="latest")["changed"]
    assert not call("apt", name=f"{PACKAGE}=2.*")["changed"]
    facts = call("package_facts")["ansible_facts"]["packages"]
    assert facts[PACKAGE][0]["version"].startswith("2.")
    assert call("apt", name=PACKAGE, state="absent")["changed"]
    assert not call("apt", name=PACKAGE, state="absent")["changed"]
    assert call("command", cmd="hello")["failed"]


def test_a_fresh_cache_is_not_fetched_again(call: Any) -> None:
    result = call("apt", update_cache=True, cache_valid_time=86400)
    assert not result["changed"] and not result["cache_updated"]
    alone = call("apt", update_cache=True, check=True)
    assert alone["changed"] and alone["cache_updated"]
    with_name = call("apt", name="tar", update_cache=True, check=True)
    assert not with_name["changed"] and with_name["cache_updated"]


def test_failures_name_the_cause(call: Any) -> None:
    missing = call("apt", name="there-is-no-such-package")
    assert missing["failed"] and "Unable to locate package" in missing["msg"]
    assert "update_cache" in missing["msg"]
    assert "was not found" in call("apt", name=f"{PACKAGE}=99")["msg"]
    assert "at or above 99" in call("apt", name=f"{PACKAGE}>=99")["msg"]
    assert "matches the pattern" in call("apt", name="no-such-*-thing")["msg"]


def test_a_virtual_package_is_there_through_its_provider(call: Any) -> None:
    assert not call("apt", name="awk")["changed"]


def test_deb_file(call: Any) -> None:
    assert not call("command", cmd=f"apt-get download {PACKAGE}", chdir="/tmp").get("failed")
    path = call("shell", cmd=f"ls /tmp/{PACKAGE}_*.deb")["stdout"]
    assert call("apt", deb=path, check=True)["changed"]
    assert call("apt", deb=path)["changed"]
    assert not call("apt", deb=path)["changed"]
    assert call("apt", name="hell?", state="absent", purge=True)["changed"]
    assert "not a Debian package" in call("apt", deb="/etc/hostname")["msg"]
    call("file", path=path, state="absent")


def test_dpkg_selections(call: Any) -> None:
    call("dpkg_selections", name="tar", selection="install")
    assert call("dpkg_selections", name="tar", selection="hold", check=True)["changed"]
    assert call("dpkg_selections", name="tar", selection="hold")["changed"]
    assert not call("dpkg_selections", name="tar", selection="hold")["changed"]
    # What is held is installed all the same.
    assert not call("apt", name="tar")["changed"]
    assert call("dpkg_selections", name="tar", selection="install")["changed"]


def test_repositories(call: Any) -> None:
    repo = "deb [trusted=yes] file:/srv/no-such-repository ./"
    args = {"repo": repo, "filename": "of-a-test", "update_cache": False}
    assert call("apt_repository", check=True, **args)["changed"]
    assert call("apt_repository", **args)["changed"]
    assert not call("apt_repository", **args)["changed"]
    assert repo in call("command", cmd="cat /etc/apt/sources.list.d/of-a-test.list")["stdout"]
    assert call("apt_repository", state="absent", **args)["changed"]
    assert not call("stat", path="/etc/apt/sources.list.d/of-a-test.list")["stat"]["exists"]
    args = {
        "name": "of-a-test",
        "types": ["deb"],
        "uris": "http://127.0.0.1:1/debian",
        "suites": ["stable"],
        "components": ["main"],
        "enabled": False,
    }
    made = call("deb822_repository", **args)
    assert made["changed"] and "Enabled: no" in made["repo"]
    assert not call("deb822_repository", **args)["changed"]
    assert call("deb822_repository", name="of-a-test", state="absent")["changed"]
    assert not call("deb822_repository", name="of-a-test", state="absent")["changed"]

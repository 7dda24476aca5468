"""Versions, dpkg's records and what apt-get says."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from provision.agent import aptget, dpkg
from provision.agent.task import Completed, ModuleFailed

STATUS = """Package: tar
Status: install ok installed
Architecture: amd64
Version: 1.34+dfsg-1.2
Provides: archiver (= 1), tar-static
Description: x
 a line
 Version: not this one

Package: gone
Status: deinstall ok config-files
Architecture: all
Version: 1

Package: libc6
Status: install ok installed
Architecture: i386
Version: 2
"""


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.0", "1.1"),
        ("1.9", "1.10"),
        ("1.0~rc1", "1.0"),
        ("1.0~~", "1.0~"),
        ("1.0", "1.0+b1"),
        ("1.0-1", "1.0-1.1"),
        ("9", "1:0"),
        ("1.0a", "1.0+"),
        ("1.0-1~deb12u1", "1.0-1"),
        ("2.06", "2.6.1"),
        ("20.10.24+dfsg1-1+b3", "26.1.5+dfsg1-9+b1"),
    ],
)
def test_order_of_versions(older: str, newer: str) -> None:
    assert dpkg.compare(older, newer) < 0 < dpkg.compare(newer, older)
    assert dpkg.compare(older, older) == 0


def test_status_file(tmp_path: Path) -> None:
    path = tmp_path / "status"
    path.write_text(STATUS)
    found = dpkg.packages(str(path))
    tar = found.installed("tar")
    assert tar and tar.version == "1.34+dfsg-1.2" and tar.provides == ("archiver", "tar-static")
    assert found.installed("gone") is None and found.find("gone")
    assert found.installed("libc6:i386") and not found.installed("libc6:amd64")
    assert [package.name for package in found.providers["archiver"]] == ["tar"]
    path.write_text(STATUS.replace("1.34+dfsg-1.2", "1.35"))
    os.utime(path, ns=(1, 1))
    again = dpkg.packages(str(path)).installed("tar")
    assert again and again.version == "1.35"
    with pytest.raises(ModuleFailed, match="Debian"):
        dpkg.packages(str(tmp_path / "none"))


@pytest.mark.parametrize(
    ("text", "version", "satisfied"),
    [
        ("tar", "1", True),
        ("tar=1.2*", "1.2-3", True),
        ("tar=1.2", "1.2-3", False),
        ("tar>=1.2", "1.10", True),
        ("tar >= 1.2", "1.1", False),
    ],
)
def test_requests(text: str, version: str, satisfied: bool) -> None:
    assert dpkg.parse_request(text).satisfied_by(version) is satisfied


def test_bad_requests() -> None:
    for text in ("", "a b", "=1", "a="):
        with pytest.raises(ModuleFailed):
            dpkg.parse_request(text)


def test_the_telling_lines() -> None:
    err = (
        "W: noise\nThe following packages have unmet dependencies:\n"
        " a : Depends: b (>= 2) but 1 is to be installed\n"
        "E: Unable to correct problems, you have held broken packages.\n"
    )
    said = aptget.why(Completed(100, "Reading package lists...\n", err))
    assert said.startswith("a : Depends: b (>= 2) but 1 is to be installed; E: Unable")
    locked = "E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 1 (apt)"
    assert "lock_timeout" in aptget.why(Completed(100, "", locked))


def test_the_plan_of_a_simulation() -> None:
    out = (
        "Inst hello (2.10-3 Debian:12.5/stable [amd64])\n"
        "Inst tar [1.34] (1.35 Debian:12/stable [amd64]) []\nRemv tree [2.1.0-1]\nConf hello (x)\n"
    )
    assert aptget.planned(out) == [
        ("Inst", "hello", None, "2.10-3"),
        ("Inst", "tar", "1.34", "1.35"),
        ("Remv", "tree", "2.1.0-1", None),
    ]

"""The host's Debian mirror among all that apt's sources may name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.machines.debian_sources import (
    Source,
    host_mirror,
    parse_deb822,
    parse_list,
    read_sources,
)

DEB822 = """\
Types: deb deb-src
# a comment
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: {keyring}

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: {keyring}
"""


def write(apt: Path, name: str, text: str) -> None:
    path = apt / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_deb822_with_all_its_suites(tmp_path: Path) -> None:
    keyring = tmp_path / "debian-archive-keyring.gpg"
    keyring.write_bytes(b"")
    write(tmp_path, "sources.list.d/debian.sources", DEB822.format(keyring=keyring))
    mirror = host_mirror("trixie", tmp_path)
    assert mirror is not None
    assert mirror.keyring == keyring
    assert mirror.lines == (
        "deb http://mirror.example/debian trixie main",
        "deb http://mirror.example/debian trixie-updates main",
        "deb http://mirror.example/debian-security trixie-security main",
    )


def test_one_line_entries(tmp_path: Path) -> None:
    write(
        tmp_path,
        "sources.list",
        "# deb http://old.example/debian bookworm main\n"
        "deb-src http://src.example/debian bookworm main\n"
        "deb [arch=amd64 trusted=yes] http://mirror.example/debian/ bookworm main # here\n",
    )
    mirror = host_mirror("bookworm", tmp_path)
    assert mirror is not None
    assert mirror.lines == ("deb http://mirror.example/debian/ bookworm main",)


@pytest.mark.parametrize(
    "line",
    [
        "deb https://tools.example bookworm main",
        "deb https://docker.example/linux/debian bookworm stable",
        "deb [signed-by=/usr/share/keyrings/tools.gpg] https://tools.example/debian bookworm main",
        "deb http://ubuntu.example/ubuntu jammy main universe",
    ],
)
def test_other_peoples_repositories_are_no_mirror(tmp_path: Path, line: str) -> None:
    write(tmp_path, "sources.list.d/tools.list", line + "\n")
    assert host_mirror("bookworm", tmp_path) is None


def test_disabled_stanzas_and_source_only_ones_do_not_count() -> None:
    text = "Types: deb\nEnabled: no\nURIs: http://a.example/debian\nSuites: x\nComponents: main\n"
    assert list(parse_deb822(text)) == []
    assert list(parse_deb822(text.replace("Enabled: no\n", "").replace("deb\n", "deb-src\n"))) == []


def test_a_key_in_full_does_not_hide_the_mirror() -> None:
    text = (
        "Types: deb\nURIs: http://a.example/debian\nSuites: bookworm\nComponents: main\n"
        "Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n"
    )
    (source,) = parse_deb822(text)
    assert source.is_debian
    assert source.signed_by == ""


def test_mirror_lists_stand_for_their_first_mirror(tmp_path: Path) -> None:
    write(tmp_path, "mirrors/debian.list", "# by hand\nhttp://near.example/debian\tpriority:1\n")
    entry = f"deb mirror+file:{tmp_path}/mirrors/debian.list bookworm main\n"
    write(tmp_path, "sources.list", entry)
    assert [source.uri for source in read_sources(tmp_path)] == ["http://near.example/debian"]


def test_signed_by_of_a_one_line_entry() -> None:
    (source,) = parse_list('deb [signed-by="/k/debian-archive-keyring.gpg"] http://m x main')
    assert source == Source("http://m", ("x",), ("main",), "/k/debian-archive-keyring.gpg")


def test_no_sources_at_all(tmp_path: Path) -> None:
    assert host_mirror("bookworm", tmp_path / "nowhere") is None


@given(st.text())
def test_no_text_breaks_the_parsers(text: str) -> None:
    for source in [*parse_list(text), *parse_deb822(text)]:
        assert isinstance(source.is_debian, bool)

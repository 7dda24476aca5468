"""Sealed texts: only the passphrase opens them, and no change goes unnoticed."""

from __future__ import annotations

import pytest

from provision.cluster.sharing import sealed
from provision.errors import DataError, UsageError

PASSPHRASE = "correct horse battery"
PLAIN = b"everything that is secret" * 20


@pytest.fixture(scope="module")
def text() -> str:
    return sealed.seal(PLAIN, PASSPHRASE)


def test_it_opens_with_its_passphrase_only(text: str) -> None:
    assert sealed.unseal(text, PASSPHRASE) == PLAIN
    with pytest.raises(UsageError, match="the passphrase is wrong"):
        sealed.unseal(text, "incorrect horse battery")


def test_two_are_never_alike(text: str) -> None:
    other = sealed.seal(PLAIN, PASSPHRASE)
    assert set(other.splitlines()[1:]).isdisjoint(text.splitlines()[1:])
    assert "secret" not in text


def test_mail_may_change_its_line_ends(text: str) -> None:
    assert sealed.unseal("\r\n" + text.replace("\n", "\r\n") + "\r\n", PASSPHRASE) == PLAIN


@pytest.mark.parametrize("line", [2, -1])
def test_a_changed_body_is_noticed(text: str, line: int) -> None:
    lines = text.splitlines()
    letter = "A" if lines[line][0] != "A" else "B"
    lines[line] = letter + lines[line][1:]
    with pytest.raises(DataError, match="changed or cut off"):
        sealed.unseal("\n".join(lines), PASSPHRASE)


def test_a_cut_off_file_is_noticed(text: str) -> None:
    lines = text.splitlines()
    for some in (lines[:1], lines[:2], lines[:-1]):
        with pytest.raises(DataError, match="changed or cut off"):
            sealed.unseal("\n".join(some), PASSPHRASE)


def test_a_changed_header_is_noticed(text: str) -> None:
    """The header is authenticated too: even a space more in it."""
    lines = text.splitlines()
    for one, other in (('"n": 131072', '"n": 65536'), ('"r": 8', '"r": 4')):
        with pytest.raises(UsageError, match="passphrase is wrong"):
            sealed.unseal(text.replace(one, other), PASSPHRASE)
    lines[1] = lines[1].replace('{"kdf"', '{ "kdf"')
    with pytest.raises(DataError, match="changed or cut off"):
        sealed.unseal("\n".join(lines), PASSPHRASE)


def test_a_header_cannot_ask_for_all_memory(text: str) -> None:
    with pytest.raises(DataError):
        sealed.unseal(text.replace('"n": 131072', '"n": 1073741824'), PASSPHRASE)


def test_later_formats_and_other_files_are_named(text: str) -> None:
    with pytest.raises(DataError, match="exported in format 2"):
        sealed.unseal(text.replace("export 1", "export 2", 1), PASSPHRASE)
    for other in ("", "hello\n", "$ANSIBLE_VAULT;1.1;AES256\n00"):
        with pytest.raises(DataError, match="no exported cluster"):
            sealed.unseal(other, PASSPHRASE)


def test_short_passphrases_are_refused() -> None:
    with pytest.raises(UsageError, match="has 6 characters; at least 12"):
        sealed.seal(PLAIN, "secret")

"""Ansible Vault texts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import DataError
from provision.inventory import Vault
from tests.examples import examples


@examples(15)
@given(st.text(), st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_what_is_encrypted_is_decrypted(text: str, password: str) -> None:
    vault = Vault({"default": password})
    assert vault.decrypt(vault.encrypt(text)) == text


def test_ids_are_written_and_tried_first() -> None:
    vault = Vault({"default": "one", "prod": "two"})
    sealed = vault.encrypt("x", "prod")
    assert sealed.startswith("$ANSIBLE_VAULT;1.2;AES256;prod\n")
    assert Vault({"other": "two"}).decrypt(sealed) == "x"
    with pytest.raises(DataError, match="no vault password decrypts"):
        Vault({"prod": "one"}).decrypt(sealed)


@examples(100)
@given(st.text(alphabet="$ANSIBLE_VAULT;1.2AES256\n0123456789abcdef", max_size=200))
def test_damaged_texts_are_refused(text: str) -> None:
    for each in (text, "$ANSIBLE_VAULT;1.1;AES256\n" + text):
        with pytest.raises(DataError):
            Vault({"default": "x"}).decrypt(each)


def test_passwords_do_not_show() -> None:
    assert "hunter2" not in repr(Vault({"default": "hunter2"}))

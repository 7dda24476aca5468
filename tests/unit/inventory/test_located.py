"""YAML that knows where everything was written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import DataError
from provision.located import LocatedStr, VaultText, location_of, parse_yaml
from tests.examples import examples


def test_places() -> None:
    found = parse_yaml("a:\n  - x\n  - b: !unsafe '{{ y }}'\n", "f.yml")
    assert str(location_of(found["a"])) == "f.yml:2:3"
    assert str(location_of(found["a"][0])) == "f.yml:2:5"
    assert str(found["a"][1].key_at["b"]) == "f.yml:3:5"
    assert isinstance(found["a"][1]["b"], LocatedStr)
    assert found["a"][1]["b"].unsafe


def test_vault_texts() -> None:
    assert isinstance(parse_yaml("!vault |\n  $ANSIBLE_VAULT;1.1;AES256\n", "f.yml"), VaultText)


def test_merges_let_own_keys_win() -> None:
    assert parse_yaml("x: &x {a: 1, b: 1}\ny: {<<: *x, b: 2}\n", "f")["y"] == {"a": 1, "b": 2}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: 1\na: 2\n", "occurs twice"),
        ("a: [", "not YAML"),
        ("a: 1\n---\nb: 2\n", "not YAML"),
        ("? [a]\n: 1\n", "key cannot be"),
        ("a: 2020-13-45\n", "a value is not"),
        ("!!bool zz", "a value is not"),
        ("!!timestamp abc", "a value is not"),
        ("!!map [a]", "no mapping"),
        ("!!seq a", "no list"),
        ("!vault {a: 1}", "no text"),
        ("!python/object:os.system x", "not YAML"),
        ("[" * 3000, ""),
    ],
)
def test_mistakes(text: str, says: str) -> None:
    with pytest.raises(DataError) as caught:
        parse_yaml(text, "f.yml")
    assert says in caught.value.message
    assert caught.value.at is not None
    assert caught.value.at.file == "f.yml"


@examples(500)
@given(
    st.one_of(
        st.text(max_size=30),
        st.text(alphabet="ab:-[]{}&*!|>'\"%@`#,? \n\t<0.e~=", max_size=24),
        st.lists(
            st.sampled_from(["!!map", "!!bool", "!vault", "&a", "*a", "<<", ":", " ", "[", "]"])
        ).map("".join),
    )
)
def test_no_text_gives_a_traceback(text: str) -> None:
    try:
        parse_yaml(text, "f.yml")
    except DataError as error:
        assert error.message

"""k=v arguments, against what Ansible's parser gives for the same text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import Location, PlaybookError
from provision.playbook.freeform import parse_arguments, unquote

AT = Location("x.yml", 1, 1)


def parse(text: str, *options: str) -> tuple[dict[str, str], str]:
    return parse_arguments(text, AT, lambda key: not options or key in options)


@pytest.mark.parametrize(
    ("text", "pairs"),
    [
        ("a=1 b=two", {"a": "1", "b": "two"}),
        ('msg="hello there"', {"msg": "hello there"}),
        ("msg='it \"is\"'", {"msg": 'it "is"'}),
        (r'msg="say \"hi\""', {"msg": 'say "hi"'}),
        ("msg={{ a + b }}", {"msg": "{{ a + b }}"}),
        ("msg={{ {'a': 1}['a'] }} x=2", {"msg": "{{ {'a': 1}['a'] }}", "x": "2"}),
        ("msg={% if a %}b{% endif %}", {"msg": "{% if a %}b{% endif %}"}),
        ("url=http://x/?a=b", {"url": "http://x/?a=b"}),
        ("empty= a=1", {"empty": "", "a": "1"}),
        ("a=1\n  b=2", {"a": "1", "b": "2"}),
    ],
)
def test_pairs(text: str, pairs: dict[str, str]) -> None:
    assert parse(text) == (pairs, "")


@pytest.mark.parametrize(
    ("text", "pairs", "rest"),
    [
        ("ls -l creates=/x", {"creates": "/x"}, "ls -l"),
        ("creates=/x ls  -l", {"creates": "/x"}, "ls  -l"),
        ("make CC=gcc creates=/x all", {"creates": "/x"}, "make CC=gcc all"),
        ("sh -c 'echo creates=/x y' creates=/z", {"creates": "/z"}, "sh -c 'echo creates=/x y'"),
        ("echo {{ a | d('x y') }} creates=/{{ b }}", {"creates": "/{{ b }}"}, None),
        ("one\ntwo creates=/x\nthree", {"creates": "/x"}, "one\ntwo\nthree"),
        (r"echo a\ b", {}, r"echo a\ b"),
    ],
)
def test_options_among_a_command(text: str, pairs: dict[str, str], rest: str | None) -> None:
    found, left = parse(text, "creates")
    assert found == pairs
    assert left == (rest if rest is not None else "echo {{ a | d('x y') }}")


@pytest.mark.parametrize("text", ['a="b', "a='b", "a={{ b", "{% x"])
def test_what_is_not_closed_is_refused(text: str) -> None:
    with pytest.raises(PlaybookError, match="not closed"):
        parse(text)


KEYS = st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True)
# Values that need no escape inside double quotes; marks of templates are another matter.
VALUES = st.text(st.characters(blacklist_characters='"\\{}%#', blacklist_categories=["Cs"]))


@given(st.dictionaries(KEYS, VALUES, max_size=5))
def test_quoted_values_come_back(values: dict[str, str]) -> None:
    text = " ".join(f'{key}="{value}"' for key, value in values.items())
    assert parse(text) == (values, "")


@given(st.text())
def test_a_command_without_options_is_left_as_it_is(text: str) -> None:
    try:
        pairs, rest = parse(text, "no_such_option")
    except PlaybookError:
        return
    assert pairs == {}
    assert rest.strip() == text.strip()
    assert rest in (text.strip(), text.strip() + "\n")


@given(st.text())
def test_unquote_takes_at_most_the_quotes(text: str) -> None:
    assert unquote(f"'{text}'").replace("'", "") == text.replace("\\'", "'").replace("'", "")

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.compose.interpolation import Variables
from provision.errors import DataError, Location

AT = Location("c.yml", 3, 5)


def fill(text, **values):
    return Variables(values, []).text(text, AT)


@pytest.mark.parametrize(
    ("text", "values", "expected"),
    [
        ("plain", {}, "plain"),
        ("$A/${A}", {"A": "x"}, "x/x"),
        ("$$A $${A}", {"A": "x"}, "$A ${A}"),
        ("$A_B", {"A_B": "y", "A": "x"}, "y"),
        ("${A:-d}", {}, "d"),
        ("${A:-d}", {"A": ""}, "d"),
        ("${A-d}", {"A": ""}, ""),
        ("${A-d}", {}, "d"),
        ("${A:-${B:-c}}", {"B": "b"}, "b"),
        ("${A:-${B:-c}}", {}, "c"),
        ("${A:+set}", {"A": "x"}, "set"),
        ("${A:+set}", {"A": ""}, ""),
        ("${A+set}", {"A": ""}, "set"),
        ("${A:?}", {"A": "x"}, "x"),
        ("http://${H:-[::1]}:80", {}, "http://[::1]:80"),
    ],
)
def test_forms(text, values, expected):
    assert fill(text, **values) == expected


@pytest.mark.parametrize(("text", "said"), [("${A:?no tag}", "no tag"), ("${A?}", "no value")])
def test_a_demanded_variable(text, said):
    with pytest.raises(DataError, match=said) as caught:
        fill(text)
    assert caught.value.at == AT
    assert "A" in caught.value.message


@pytest.mark.parametrize("text", ["$", "${", "${}", "${1}", "$1", "a$-b", "${A*}", "${A:-${B}"])
def test_what_begins_no_variable(text):
    with pytest.raises(DataError, match="begins no variable") as caught:
        fill(text)
    assert "$$" in str(caught.value.hint)


def test_a_variable_without_value_is_said_once():
    warnings: list[str] = []
    variables = Variables({}, warnings)
    assert variables.text("$A $A ${B-}", AT) == "  "
    assert len(warnings) == 1
    assert "A has no value" in warnings[0]


@given(st.text())
def test_any_text_is_filled_or_refused(text):
    try:
        filled = fill(text, A="x")
    except DataError as error:
        assert "$" in text
        assert error.at == AT
    else:
        assert "$" in text or filled == text


@given(st.text(alphabet=st.characters(blacklist_characters="$")), st.text())
def test_a_default_stands_for_what_is_not_there(before, value):
    assert fill(before + "${A:-d}", A=value) == before + (value or "d")

"""Templates without Jinja mean what they mean with it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import TemplateError
from provision.templating import Templar, templar
from provision.templating.names import names_in
from provision.templating.plain import plain_parts

VARIABLES = {
    "text": "some",
    "empty": "",
    "number": 3,
    "nothing": None,
    "yes": True,
    "items": [1, "a"],
    "lines": "one\ntwo\n",
    "deep": {"inner": {"leaf": "x", "items": "an item", "none": None}},
    "other": "{{ text }}-{{ number }}",
    "gone": "{{ nowhere }}",
    "left": "{{ omit }}",
}
PIECES = (
    *("{{ text }}", "{{empty}}", "{{ number }}", "{{ nothing }}", "{{ yes }}", "{{ items }}"),
    *("{{ lines }}", "{{ deep.inner.leaf }}", "{{ deep.inner.items }}", "{{ deep.inner.none }}"),
    *(
        "{{ other }}",
        "{{ gone }}",
        "{{ missing }}",
        "{{ deep.missing }}",
        "{{ left }}",
        "{{ omit }}",
    ),
    *("{{ true }}", "{{ None }}", "{{ not }}", "{{- text }}", "{{ text -}}", "{{ }}"),
    *("a", "/", "\n", " ", "{", "}", "{ ", "\r\n", "%}", "{# c #}", "é", "\\n", "'", '"'),
)


def outcome(template: str) -> Any:
    made = Templar()
    try:
        return made.render(template, made.scope(VARIABLES))
    except TemplateError as error:
        return error.render()


@given(st.lists(st.sampled_from(PIECES), max_size=4).map("".join))
def test_the_value_is_jinjas(template: str) -> None:
    quick = outcome(template)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(templar, "plain_parts", lambda template: None)
        assert outcome(template) == quick


@pytest.mark.parametrize(
    ("template", "parts"),
    [
        ("{{ root }}/etc", (("root",), "/etc")),
        ("a {{x.y.z}}{{ b }}", ("a ", ("x", "y", "z"), ("b",))),
        ("{{ x }}\n", (("x",),)),
        ("{{ x | upper }}", None),
        ("{{ x[0] }}", None),
        ("{{{ x }}}", None),
        ("{{ none }}", None),
        ("{{ self }}", None),
        ("{% if x %}{{ x }}{% endif %}", None),
    ],
)
def test_what_is_read_without_jinja(template: str, parts: Any) -> None:
    assert plain_parts(template) == parts


def test_what_reaches_all_variables_is_open_here_too() -> None:
    assert names_in("{{ vars.x }}/a") is None
    assert names_in("{{ vars.x | upper }}/a") is None
    assert names_in("{{ x.vars }}/{{ y }}") == frozenset({"x", "y"})

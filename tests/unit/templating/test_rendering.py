"""Values, conditions and files, as ansible-core 2.19 renders them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import TemplateError
from provision.inventory import Vault
from provision.located import LocatedStr, VaultText, parse_yaml
from provision.templating import OMIT, Templar, UndefinedVariable, is_template, unsafe
from tests.examples import examples

RAW: dict[str, Any] = {
    "one": 1,
    "two": {"k": "{{ one }}", "j": 1},
    "three": [1, "{{ one + 1 }}", 3],
    "nothing": "{{ None }}",
    "bad": {"b": "{{ undefd }}", "c": 1},
    "own": {"x": 1, "y": "{{ own.x + 1 }}"},
    "truth": "{{ one == 1 }}",
    "text": "one == 2",
}


def render(value: Any, raw: dict[str, Any] = RAW) -> Any:
    templar = Templar()
    return templar.render(value, templar.scope(raw))


# Each pair was compared with ansible-core 2.19.
@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ 3 }}", 3),
        ("{{ 3 }}\n", 3),
        (" {{ 3 }}", " 3"),
        ("{{ None }}", None),
        ("x{{ None }}y", "xy"),
        ("{{ true }}{{ nothing }}", True),
        ("{{ 1.0 }}{{ '' }}", "1.0"),
        ("{# c #}", None),
        ("{% if true %}{{ 3 }}{% endif %}", 3),
        ("{% for i in [1, 2] %}{{ i }}{% endfor %}", "12"),
        ("{% set q %}{{ 3 }}{% endset %}{{ q }}", 3),
        ("{{ (1, 2) }}", [1, 2]),
        ("{{ [1, 2] | map('string') }}", ["1", "2"]),
        ("{{ '{{ x }}' }}", "{{ x }}"),
        ("{{ [1, 2] }}x", "[1, 2]x"),
        ("{{ two }}", {"k": 1, "j": 1}),
        ("{{ two | string }}", "{'k': 1, 'j': 1}"),
        ("{{ three | join('-') }}", "1-2-3"),
        ("{{ own.y }}", 2),
        ("{{ bad.c }}", 1),
        ("{{ bad.b | default('d') }}", "d"),
        ("{{ nope.a.b[0] | default('d') }}", "d"),
        ("{{ nope | upper | default('d') }}", "d"),
        ("{{ [1, nope | default(omit), 2] }}", [1, 2]),
        (["{{ nope | default(omit) }}", 2], [2]),
        ({"a": "{{ omit }}", "b": {"c": "{{ omit }}"}}, {"b": {}}),
        ("{{ omit }}x", "x"),
        ("a{{ one }}\n\n", "a1\n\n"),
        ("{{ vars['two'].k }}", 1),
        ("{{ {'keys': 1}['keys'] }}", 1),
        ("{{ 'a1' | regex_replace('(\\\\d)', '<\\1>') }}", "a1"),
        ("{{ 'a1' | regex_replace('(\\d)', '<\\1>') }}", "a<1>"),
        ("{{ True or nope }}", True),
    ],
)
def test_values(template: Any, value: Any) -> None:
    found = render(template)
    assert found == value
    assert type(found) is type(value) or isinstance(found, str)


def test_a_whole_parameter_can_be_omitted() -> None:
    assert render("{{ nope | default(omit) }}") is OMIT


@pytest.mark.parametrize(
    ("template", "says", "hint"),
    [
        ("{{ tow }}", "'tow' is undefined", "'two'"),
        ("{{ two.kk }}", "'two' has no 'kk'", "'k'"),
        ("{{ two['zz'] }}", "'two' has no 'zz'", "it has: j, k"),
        ("{{ one.x }}", "'one' has no 'x': it is a int", None),
        ("{{ bad }}", "'undefd' is undefined", None),
        ("{{ [nope] }}", "'nope' is undefined", None),
        ("{{ nope ~ 'x' }}", "'nope' is undefined", None),
        ("{{ nope is match('x') }}", "'nope' is undefined", None),
        ("{{ 'x' | nosuch }}", "there is no filter 'nosuch'", None),
        ("{{ 'x' | to_jsn }}", "there is no filter 'to_jsn'", "'to_json'"),
        ("{{ 'x' is defind }}", "there is no test 'defind'", "'defined'"),
        ("{{ 1 / 0 | default(3) }}", "division by zero", None),
        ("{{ 1 + }}", "not a valid template", None),
        ("{{ 'a' if false }}", "without 'else'", None),
        ("{{ {}.keys }}", "gives a function", None),
        ("{{ lookup('fil', 'x') }}", "there is no lookup 'fil'", "'file'"),
        ("{{ ''.__class__ }}", "__class__", None),
    ],
)
def test_errors_name_what_is_wrong(template: str, says: str, hint: str | None) -> None:
    with pytest.raises(TemplateError) as caught:
        render(template)
    assert says in caught.value.message
    assert hint is None or hint in (caught.value.hint or "")


def test_errors_stand_at_the_template_that_is_wrong() -> None:
    raw = parse_yaml("a: '{{ b }}'\nb:\n  c: '{{ nope }}'\n", "vars.yml")
    with pytest.raises(UndefinedVariable) as caught:
        render(LocatedStr("{{ a.c }}"), raw)
    assert str(caught.value.at) == "vars.yml:3:6"


def test_cycles_are_named_and_no_default_hides_them() -> None:
    with pytest.raises(TemplateError, match="'a' -> 'b' -> 'a'"):
        render("{{ a | default(1) }}", {"a": "{{ b }}", "b": "{{ a }}"})


def test_unsafe_strings_and_results_are_no_templates() -> None:
    outside = unsafe({"stdout": "{{ one }}", "n": [1, "x"]})
    assert not is_template(outside)
    assert render("{{ r.stdout }}", {"r": outside, "one": 1}) == "{{ one }}"
    assert not is_template(render("{{ r.stdout }}!", {"r": outside}))
    assert unsafe(same := {"a": ["b"]}) is same


@pytest.mark.parametrize(
    ("value", "expected"),
    [("x", False), ("{{ x", True), ({"a": ["{% x"]}, True), (3, False), (("{#",), True)],
)
def test_is_template(value: Any, expected: bool) -> None:
    assert is_template(value) is expected


def test_vault_values_are_decrypted_when_used() -> None:
    vault = Vault({"default": "pw"})
    templar = Templar(vault=vault)
    scope = templar.scope({"secret": VaultText(vault.encrypt("s3cret {{ 1 + 1 }}"))})
    assert templar.render("<{{ secret }}>", scope) == "<s3cret 2>"
    with pytest.raises(TemplateError, match="no vault password was given"):
        render("{{ secret }}", {"secret": VaultText(vault.encrypt("x"))})


# Compared with ansible-core 2.19, "error" included.
@pytest.mark.parametrize(
    ("condition", "result"),
    [
        (True, True),
        ("one == 1", True),
        ("one", "error"),
        ("three", "error"),
        ("none", "error"),
        ("'x'", "error"),
        ("text", "error"),
        ("truth", True),
        ("{{ truth }}", True),
        ("{{ text }}", False),
        ("'{{ one }}' == '1'", False),
        ("text == '{{ text }}'", True),
        ("nope", "error"),
        ("nope is defined", False),
        ("not one", False),
        (["true", "one == 1"], True),
        ([True, "one == 2"], False),
        ([], True),
        (None, True),
        ("", "error"),
        ("one ==", "error"),
        ("'a1' is search('\\d')", True),
        (3, "error"),
    ],
)
def test_conditions(condition: Any, result: Any) -> None:
    templar = Templar()
    scope = templar.scope(RAW)
    if result == "error":
        with pytest.raises(TemplateError):
            templar.condition(condition, scope)
    else:
        assert templar.condition(condition, scope) is result


def test_data_in_a_condition_cannot_run_programs() -> None:
    templar = Templar()
    scope = templar.scope({"out": "lookup('pipe', 'true') == ''"})
    with pytest.raises(TemplateError, match="cannot call lookups"):
        templar.condition("{{ out }}", scope)


def test_file_templates(tmp_path: Path) -> None:
    (tmp_path / "part.j2").write_text("part {{ one }}\n")
    text = (
        "#jinja2: lstrip_blocks: True\nnone=[{{ none }}]\n  {% if true %}\n x\n  {% endif %}\n"
        "{% include 'part.j2' %}\n{% for i in three %}\n{{ i }}\n{% endfor %}\n{{ '\\t' }}|\n"
    )
    templar = Templar()
    found = templar.render_text(text, templar.scope(RAW), name=str(tmp_path / "a.j2"))
    assert found == "none=[]\n x\npart 11\n2\n3\n\t|\n"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a\n{{ nope }}\n", 2),
        ("a\n\n{% if %}\n", 3),
        ("#jinja2: trim_blocks: False\n{% set x = 1 %}\n{{ 1 / 0 }}\n", 3),
        ("{{ 1 }}\n{% for i in three %}\n{{ i.x }}\n{% endfor %}", 3),
    ],
)
def test_file_errors_have_the_templates_line(tmp_path: Path, text: str, line: int) -> None:
    templar = Templar()
    name = str(tmp_path / "a.j2")
    with pytest.raises(TemplateError) as caught:
        templar.render_text(text, templar.scope(RAW), name=name)
    assert caught.value.at is not None
    assert (caught.value.at.file, caught.value.at.line) == (name, line)


def test_errors_in_included_files_stand_there(tmp_path: Path) -> None:
    part = tmp_path / "part.j2"
    part.write_text("x\n{{ nope }}\n")
    templar = Templar()
    with pytest.raises(UndefinedVariable) as caught:
        templar.render_text("{% include 'part.j2' %}", templar.scope({}), name=f"{tmp_path}/a.j2")
    assert str(caught.value.at) == f"{part}:2"


@examples(300)
@given(st.text(alphabet="{}%# |.()[]'\"abcx1+-=~:,\n", max_size=24))
def test_no_text_gives_a_traceback(text: str) -> None:
    templar = Templar()
    scope = templar.scope({"a": "{{ b }}", "b": [1], "c": "{{ a }}", "x": {"a": "{{ x.b }}"}})
    for work in (
        lambda: templar.render("{{" + text + "}}", scope),
        lambda: templar.condition(text, scope),
        lambda: templar.render_text(text, scope, name="fuzz.j2"),
    ):
        try:
            work()
        except TemplateError as error:
            assert error.message

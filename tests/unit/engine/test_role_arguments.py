"""What a declaration of arguments finds wrong, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from provision.engine.role_arguments import problems, secrets

ELEMENT = "Elements value for option 'c' is of type str and we were unable to convert to "


def test_all_is_said() -> None:
    options: dict[str, dict[str, Any]] = {
        "a": {"type": "int"},
        "b": {"required": True},
        "c": {"type": "list", "elements": "int"},
        "d": {"choices": ["x", "y"]},
        "e": {"type": "dict", "options": {"f": {"required": True}, "g": {"choices": [1]}}},
    }
    given = {"a": "one", "c": [1, "two"], "d": "z", "e": {"g": 2, "h": 3}}
    assert problems(options, given) == [
        "missing required arguments: b",
        "argument 'a' is of type str and we were unable to convert to int: 'one' is not a number",
        ELEMENT + "int: 'two' is not a number",
        "value of d must be one of: x, y, got: z",
        "missing required arguments: f found in e",
        "value of g must be one of: 1, got: 2 found in e",
        "e.h. Supported parameters include: f, g.",
    ]


@pytest.mark.parametrize(
    ("rule", "given", "says"),
    [
        ({"mutually_exclusive": [["p", "q"]]}, {"p": 1, "q": 2}, "mutually exclusive: p|q"),
        ({"mutually_exclusive": ["p", "q"]}, {"p": 1, "q": 2}, "mutually exclusive: p|q"),
        ({"required_together": [["p", "q"]]}, {"p": 1}, "required together: p, q"),
        ({"required_one_of": [["p", "q"]]}, {}, "one of the following is required: p, q"),
        ({"required_if": [["p", 1, ["q", "r"]]]}, {"p": 1, "r": 2}, "p is 1 but all of"),
        ({"required_if": [["p", 1, ["q", "r"], True]]}, {"p": 1}, "p is 1 but any of"),
        ({"required_by": {"p": "q"}}, {"p": 1}, "required by 'p': q"),
    ],
)
def test_what_holds_between_options(rule: dict[str, Any], given: dict[str, Any], says: str) -> None:
    inner = {name: {"type": "raw"} for name in "pqr"}
    options: dict[str, dict[str, Any]] = {"it": {"type": "dict", "options": inner, **rule}}
    (problem,) = problems(options, {"it": given})
    assert says in problem
    assert problem.endswith("found in it")
    assert problems(options, {"it": {"p": 3, "q": 4, "r": 5}} if "p|q" not in says else {}) == []


def test_what_is_fine() -> None:
    options: dict[str, dict[str, Any]] = {
        "a": {"type": "int", "required": True},
        "b": {"type": "bool", "aliases": ["bee"]},
        "c": {"type": "list", "elements": "dict", "options": {"d": {"type": "path"}}},
        "e": {"type": "list", "choices": ["x", "y"], "elements": "str"},
    }
    assert problems(options, {"a": None}) == []
    assert problems(options, {"a": "1", "bee": "yes", "c": [{"d": "/"}], "e": "x,y"}) == []
    assert problems(options, {"a": True, "c": "nothing"}) == [
        ELEMENT + "dict: 'nothing' is not a dictionary",
        "value of 'c' must be of type dict or list of dicts",
    ]


def test_secrets_are_not_shown() -> None:
    options: dict[str, dict[str, Any]] = {"a": {"type": "int", "no_log": True, "aliases": ["b"]}}
    assert problems(options, {"a": "hush"}) == [
        "argument 'a' is of type str and we were unable to convert to int"
    ]
    assert secrets(options, {"b": "hush"}) == ["hush"]

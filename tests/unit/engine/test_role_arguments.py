"""What a declaration of arguments finds wrong, all at once."""

from __future__ import annotations

from typing import Any

import pytest

from provision.engine.role_arguments import problems, secrets


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
        "required, and not given: b",
        "'a' is to be int: 'one' is not a number",
        "each item of 'c' is to be int: 'two' is not a number",
        "'d' is one of x, y; not z",
        "required, and not given: f (in e)",
        "'g' is one of 1; not 2 (in e)",
        "not declared: e.h; there are: f, g",
    ]


@pytest.mark.parametrize(
    ("rule", "given", "says"),
    [
        ({"mutually_exclusive": [["p", "q"]]}, {"p": 1, "q": 2}, "at most one of these: p, q"),
        ({"mutually_exclusive": ["p", "q"]}, {"p": 1, "q": 2}, "at most one of these: p, q"),
        ({"required_together": [["p", "q"]]}, {"p": 1}, "all of these or none: p, q"),
        ({"required_one_of": [["p", "q"]]}, {}, "at least one of these: p, q"),
        ({"required_if": [["p", 1, ["q", "r"]]]}, {"p": 1, "r": 2}, "with 'p' as 1, these too: q"),
        (
            {"required_if": [["p", 1, ["q", "r"], True]]},
            {"p": 1},
            "with 'p' as 1, at least one of these: q, r",
        ),
        ({"required_by": {"p": "q"}}, {"p": 1}, "with 'p', these too: q"),
    ],
)
def test_what_holds_between_options(rule: dict[str, Any], given: dict[str, Any], says: str) -> None:
    inner = {name: {"type": "raw"} for name in "pqr"}
    options: dict[str, dict[str, Any]] = {"it": {"type": "dict", "options": inner, **rule}}
    (problem,) = problems(options, {"it": given})
    assert says in problem
    assert problem.endswith("(in it)")
    assert (
        problems(options, {"it": {"p": 3, "q": 4, "r": 5}} if "at most" not in says else {}) == []
    )


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
        "each item of 'c' is to be dict: 'nothing' is not a dictionary",
        "'c' holds what is no dictionary",
    ]


def test_secrets_are_not_shown() -> None:
    options: dict[str, dict[str, Any]] = {"a": {"type": "int", "no_log": True, "aliases": ["b"]}}
    assert problems(options, {"a": "hush"}) == ["'a' is to be int"]
    assert secrets(options, {"b": "hush"}) == ["hush"]

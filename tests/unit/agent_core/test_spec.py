from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.agent.spec import FALSE_WORDS, TRUE_WORDS, ArgumentError, Param, Spec

SPEC = Spec(
    name="thing",
    summary="A thing.",
    params=(
        Param("name", required=True, aliases=("title",)),
        Param("state", choices=("present", "absent"), default="present"),
        Param("count", type="int"),
        Param("ratio", type="float"),
        Param("enabled", type="bool", default=False),
        Param("tags", type="list", elements="str"),
        Param("labels", type="dict"),
        Param("path", type="path"),
        Param("token", secret=True),
        Param(
            "ports",
            type="list",
            elements="dict",
            options=(Param("port", type="int", required=True), Param("key", secret=True)),
        ),
    ),
    mutually_exclusive=(("count", "ratio"),),
    required_if=(("state", "absent", ("count",)),),
)


@pytest.mark.parametrize(
    ("given_", "param", "value"),
    [
        ({"title": "x"}, "name", "x"),
        ({"count": "7"}, "count", 7),
        ({"count": 7}, "count", 7),
        ({"ratio": "0.5"}, "ratio", 0.5),
        ({"enabled": "Yes"}, "enabled", True),
        ({"enabled": 0}, "enabled", False),
        ({"tags": "a, b"}, "tags", ["a", "b"]),
        ({"tags": 3}, "tags", ["3"]),
        ({"tags": ""}, "tags", []),
        ({"labels": "a=1,b=2"}, "labels", {"a": "1", "b": "2"}),
        ({"labels": '{"a": 1}'}, "labels", {"a": 1}),
        ({"ports": {"port": "80"}}, "ports", [{"port": 80, "key": None}]),
        ({"name": {"a": 1}}, "name", '{"a": 1}'),
    ],
)
def test_coercion(given_: dict[str, Any], param: str, value: Any) -> None:
    args = given_ if "title" in given_ else {"name": "x", **given_}
    assert SPEC.validate(args)[param] == value


@pytest.mark.parametrize(
    ("given_", "says"),
    [
        ({}, "missing required parameter 'name'"),
        ({"name": "x", "stat": "absent"}, "unsupported parameter 'stat'"),
        ({"name": "x", "state": "abset"}, "'abset' is not one of"),
        ({"name": "x", "count": "many"}, "count: 'many' is not a number"),
        ({"name": "x", "count": True}, "is not a number"),
        ({"name": "x", "enabled": "maybe"}, "is not a boolean"),
        ({"name": "x", "labels": "oops"}, "is not a dictionary"),
        ({"name": "x", "count": 1, "ratio": 2}, "mutually exclusive"),
        ({"name": "x", "state": "absent"}, "missing: count"),
        ({"name": "x", "ports": [{}]}, "missing required parameter 'port'"),
        ({"name": "x", "ports": [{"prot": 1}]}, "unsupported parameter 'prot'"),
    ],
)
def test_refusals(given_: dict[str, Any], says: str) -> None:
    with pytest.raises(ArgumentError) as caught:
        SPEC.validate(given_)
    assert says in caught.value.message


def test_a_misspelling_gets_a_suggestion() -> None:
    with pytest.raises(ArgumentError) as caught:
        SPEC.validate({"name": "x", "enabeld": True})
    assert caught.value.hint == "did you mean 'enabled'?"


def test_paths_are_expanded_on_the_node_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/somebody")
    args = {"name": "x", "path": "~/file"}
    assert SPEC.validate(args)["path"] == "~/file"
    assert SPEC.validate(args, on_node=True)["path"] == "/home/somebody/file"


def test_what_is_not_known_yet_passes() -> None:
    args = {"name": "{{ x }}", "count": "{{ n }}", "state": "{{ s }}"}
    found = SPEC.validate(args, is_template=lambda v: isinstance(v, str) and "{{" in v)
    assert found["count"] == "{{ n }}"


def test_secrets_are_found_at_any_depth_and_not_shown() -> None:
    args = {"name": "x", "token": "s3cret", "ports": [{"port": 1, "key": "k3y"}]}
    assert sorted(SPEC.secrets(args)) == ["k3y", "s3cret"]
    number = Spec(name="n", summary="", params=(Param("pin", type="int", secret=True),))
    with pytest.raises(ArgumentError) as caught:
        number.validate({"pin": "s3cret"})
    assert "s3cret" not in caught.value.message


@given(st.sampled_from(sorted(TRUE_WORDS | FALSE_WORDS)), st.booleans())
def test_booleans_in_any_case(word: str, upper: bool) -> None:
    spelt = word.upper() if upper else word
    enabled = SPEC.validate({"name": "x", "enabled": spelt})["enabled"]
    assert enabled is (word in TRUE_WORDS)


@given(
    st.dictionaries(
        st.sampled_from([p.name for p in SPEC.params]),
        st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text()),
    )
)
def test_validation_gives_every_parameter_or_refuses(args: dict[str, Any]) -> None:
    try:
        found = SPEC.validate(args)
    except ArgumentError:
        return
    assert set(found) == {p.name for p in SPEC.params}
    assert SPEC.validate(found) == found


def test_a_refused_parameter_says_why() -> None:
    declared = Spec(name="m", summary="", refused=(("build", "build it elsewhere"),))
    with pytest.raises(ArgumentError, match="'build' is not supported") as caught:
        declared.validate({"build": {"path": "."}})
    assert caught.value.hint == "build it elsewhere"
    assert declared.validate({"build": None}) == {}

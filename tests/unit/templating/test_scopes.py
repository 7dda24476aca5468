"""Scopes: rendering once, and again only where a child shadows."""

from __future__ import annotations

from typing import Any

import pytest

from provision.templating import Templar
from provision.templating.scope import Scope


class Counting(Templar):
    def __init__(self) -> None:
        super().__init__()
        self.rendered: list[str] = []

    def evaluate(self, text: str, scope: Scope, **options: Any) -> Any:
        self.rendered.append(str(text))
        return super().evaluate(text, scope, **options)


RAW = {
    "a": "{{ b }}-a",
    "b": "{{ c }}-b",
    "c": "c",
    "other": "{{ 1 + 1 }}",
    "d": {"x": "{{ item }}"},
}


def test_values_are_rendered_once() -> None:
    templar = Counting()
    scope = templar.scope(RAW)
    assert [scope["a"], scope["a"], scope["b"]] == ["c-b-a", "c-b-a", "c-b"]
    assert templar.rendered == ["{{ b }}-a", "{{ c }}-b"]


def test_children_share_what_they_do_not_shadow() -> None:
    templar = Counting()
    scope = templar.scope(RAW)
    for number in range(5):
        child = scope.child({"item": number})
        assert (child["a"], child["other"], child["d"]["x"]) == ("c-b-a", 2, number)
    assert templar.rendered.count("{{ b }}-a") == 1
    assert templar.rendered.count("{{ 1 + 1 }}") == 1
    assert templar.rendered.count("{{ item }}") == 5


def test_a_shadowed_name_reaches_what_uses_it() -> None:
    scope = Templar().scope(RAW)
    assert scope["a"] == "c-b-a"
    assert scope.child({"c": "z"}).child({"item": 1})["a"] == "z-b-a"
    assert scope["a"] == "c-b-a"


def test_scopes_are_mappings() -> None:
    scope = Templar().scope({"a": 1}).child({"b": "{{ a }}", "a": 2})
    assert dict(scope) == {"b": 2, "a": 2}
    assert "a" in scope
    assert "z" not in scope
    assert scope.get("z", 3) == 3
    with pytest.raises(KeyError):
        scope["z"]


def test_hostvars_are_reached_lazily() -> None:
    templar = Counting()
    others = {n: templar.scope({"v": "{{ w }}", "w": n, "bad": "{{ nope }}"}) for n in ("h1", "h2")}
    scope = templar.scope({"hostvars": others})
    assert templar.render("{{ hostvars['h1'].v }}{{ hostvars.h2['v'] }}", scope) == "h1h2"
    assert templar.render("{{ hostvars['h1'].bad | default('d') }}", scope) == "d"
    assert "{{ nope }}" in templar.rendered


def test_lookups_are_looked_up_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    scope = Templar().scope({"home": "{{ lookup('env', 'PROVISION_TEST') }}", "user": "{{ home }}"})
    monkeypatch.setenv("PROVISION_TEST", "1")
    assert scope["user"] == "1"
    monkeypatch.setenv("PROVISION_TEST", "2")
    assert scope["user"] == "2"

"""Whatever is in a file, loading it gives a Playbook or a PlaybookError."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import PlaybookError
from provision.playbook import load_playbook
from provision.playbook.keywords import KEYWORDS
from tests.examples import examples
from tests.unit.playbook.support import CATALOG

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-9, 9),
    st.floats(),
    st.dates(),
    st.sampled_from(["{{ x }}", "{{ x", "a b=c", "x='", "web", "site.yml", "1", "50%", "", "é"]),
    st.text(max_size=8),
)
WORDS = st.sampled_from(
    [
        *(keyword.name for keyword in KEYWORDS),
        *CATALOG.names(),
        "with_items",
        "with_",
        "file",
        "apply",
        "loop_var",
        "dest",
        "module",
    ]
)
KEYS = st.one_of(WORDS, WORDS, WORDS, st.integers(0, 3), st.booleans(), st.text(max_size=3))
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4)),
    max_leaves=12,
)
TASKS = st.lists(st.dictionaries(WORDS, VALUES, max_size=4), max_size=3)
PLAYS = st.lists(
    st.fixed_dictionaries({"hosts": st.just("all"), "tasks": TASKS, "handlers": TASKS}),
    min_size=1,
    max_size=2,
)


def load(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "site.yml"
        path.write_text(text, encoding="utf-8", errors="surrogateescape")
        try:
            load_playbook(path, CATALOG)
        except PlaybookError as error:
            assert error.render()


@examples(150)
@given(st.one_of(VALUES, PLAYS))
def test_any_data(data: Any) -> None:
    load(yaml.safe_dump(data, allow_unicode=True))


@examples(100)
@given(st.text(alphabet=st.sampled_from("-:{}[]'\"&*!|>?%@#, \n\tabhosts<"), max_size=40))
def test_any_text(text: str) -> None:
    load(text)


@pytest.mark.parametrize(
    "text",
    [
        "- hosts: all\n  tasks: &a\n    - block: *a\n",
        "- &a\n  hosts: all\n  vars: {x: *a}\n",
        "&a [*a]",
        "- hosts: all\n  tasks:\n" + "".join(f"{'  ' * n}- block:\n" for n in range(2, 900)),
        "- hosts: all\n  tasks: [{debug: {msg: " + "[" * 2000 + "]" * 2000 + "}}]",
        "? [a]\n: b",
        "- hosts: all\n  vars: {<<: 3}",
        "- !!python/object:os.system x",
        "--- a\n--- b",
        "\ufeff- hosts: all",
        "- hosts: 2024-13-45",
    ],
)
def test_hostile_documents(text: str) -> None:
    load(text)


def test_bytes_that_are_no_text(tmp_path: Path) -> None:
    path = tmp_path / "site.yml"
    path.write_bytes(b"- hosts: \xff\xfe\x00")
    with pytest.raises(PlaybookError):
        load_playbook(path, CATALOG)

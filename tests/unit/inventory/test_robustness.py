"""Host lists, ranges, scripts' answers and -e: any input gives a value or an error to read."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.cli.variables import parse_extra_vars
from provision.errors import ProvisionError
from provision.inventory import load_inventory
from provision.inventory import script as scripts
from provision.inventory.export import as_list
from provision.inventory.hostnames import expand

NAMES = st.text(alphabet="ab[]:-0159.,!@ {}%\x00é", max_size=20)
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), NAMES),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                NAMES, st.sampled_from(["_meta", "hostvars", "hosts", "vars", "children", "all"])
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=15,
)


def survives(work: Callable[[], Any]) -> None:
    try:
        work()
    except ProvisionError as error:
        assert error.render()


@given(st.lists(NAMES, max_size=4))
def test_host_lists(names: list[str]) -> None:
    survives(lambda: as_list(load_inventory([",".join(names) + ","])))


@pytest.mark.parametrize("source", ["a" * 300, "a" * 300 + ",", "a\x00b", "a\x00,b", "", ","])
def test_sources_that_are_no_file_names(source: str) -> None:
    survives(lambda: load_inventory([source]))


@given(NAMES)
def test_ranges(pattern: str) -> None:
    survives(lambda: expand(pattern))


@pytest.mark.parametrize("pattern", ["a[0:99999999999]", "a[000:1]", "a[z:a]", "a[1:9:0]", "a[:]"])
def test_ranges_that_are_none(pattern: str) -> None:
    with pytest.raises(ProvisionError):
        expand(pattern)


@given(st.dictionaries(NAMES, JSON, max_size=4), JSON)
def test_what_a_script_answers(answer: dict[str, Any], meta: Any) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        path = Path(folder) / "source.sh"
        path.write_text("#!/bin/sh\n")
        path.chmod(0o755)
        said = json.loads(json.dumps({**answer, "_meta": meta}))
        patch.setattr(scripts, "_ask", lambda path, *arguments: dict(said))
        survives(lambda: as_list(load_inventory([str(path)])))


@given(st.one_of(NAMES, st.text(alphabet="ab='\"\\{}[]:@ \n,&*!", max_size=30)))
def test_extra_vars(text: str) -> None:
    survives(lambda: parse_extra_vars((text,)))


def test_a_home_of_nobody() -> None:
    with pytest.raises(ProvisionError, match="cannot read"):
        parse_extra_vars(("@~nobody-of-this-name/x.yml",))

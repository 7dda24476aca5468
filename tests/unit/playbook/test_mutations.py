"""Nearly right playbooks: valid ones with a few lines spoilt give an error, no traceback."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from provision.engine.catalog import catalog
from provision.engine.preflight import check
from provision.errors import ProvisionError
from provision.playbook.loader import load_playbook
from tests.compat.case import CASES
from tests.examples import examples

PLAYBOOKS = sorted(path for path in CASES.glob("*/*.yml") if path.parent.name != "foreign")
VALUES = [
    *("", "~", "[]", "{}", "[a, b]", "{a: 1}", "0", "-1", "1e999", "true", "é", "'%'", '"\\x00"'),
    *("'{{ x }}'", "'{{'", "'{{ item.a.b }}'", "!unsafe '{{ x }}'", "!!binary aGk=", "2020-01-01"),
]
Change = Callable[[list[str], int, st.DataObject], None]


def drop(lines: list[str], at: int, data: st.DataObject) -> None:
    del lines[at]


def double(lines: list[str], at: int, data: st.DataObject) -> None:
    lines.insert(at, lines[at])


def move(lines: list[str], at: int, data: st.DataObject) -> None:
    lines.insert(data.draw(st.integers(0, len(lines) - 1)), lines.pop(at))


def indent(lines: list[str], at: int, data: st.DataObject) -> None:
    lines[at] = " " * data.draw(st.integers(0, 8)) + lines[at].lstrip()


def revalue(lines: list[str], at: int, data: st.DataObject) -> None:
    key, colon, _ = lines[at].partition(":")
    lines[at] = f"{key}{colon} {data.draw(st.sampled_from(VALUES))}"


def rename(lines: list[str], at: int, data: st.DataObject) -> None:
    keys = [found[1] for line in lines if (found := re.match(r"[\s-]*([\w.]+):", line))]
    if keys:
        other = data.draw(st.sampled_from(keys))
        lines[at] = re.sub(r"[\w.]+:", f"{other}:", lines[at], count=1)


def sprinkle(lines: list[str], at: int, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(lines[at])))
    character = data.draw(st.sampled_from("{}[]'\":#|%&*!,-\t\\\x00"))
    lines[at] = lines[at][:place] + character + lines[at][place:]


CHANGES: list[Change] = [drop, double, move, indent, revalue, rename, sprinkle]


@examples(120)
@given(st.sampled_from(PLAYBOOKS), st.data())
def test_a_spoilt_playbook_is_loaded_or_refused(playbook: Path, data: st.DataObject) -> None:
    lines = playbook.read_text(encoding="utf-8").split("\n")
    for _ in range(data.draw(st.integers(1, 4))):
        if len(lines) > 1:
            change = data.draw(st.sampled_from(CHANGES))
            change(lines, data.draw(st.integers(0, len(lines) - 1)), data)
    with tempfile.TemporaryDirectory() as folder:
        surroundings = playbook.with_suffix("")
        if surroundings.is_dir():
            shutil.copytree(surroundings, folder, dirs_exist_ok=True)
        spoilt = Path(folder) / "site.yml"
        spoilt.write_text("\n".join(lines), encoding="utf-8")
        try:
            check([load_playbook(spoilt, catalog())])
        except ProvisionError as error:
            assert error.render()

"""Inventory sources: INI, YAML, folders, scripts and lists."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import DataError, InventoryError
from provision.inventory import Inventory, load_inventory
from provision.inventory.export import as_graph, as_list
from provision.inventory.ini_format import read_ini
from provision.inventory.store import Store
from provision.inventory.yaml_format import read_yaml
from provision.located import parse_yaml
from tests.examples import examples


def write(path: Path, text: str, mode: int = 0o644) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(textwrap.dedent(text))
    path.chmod(mode)
    return str(path)


def ini(tmp_path: Path, text: str) -> Inventory:
    return load_inventory([write(tmp_path / "hosts.ini", text)])


def variables(inventory: Inventory, host: str) -> dict[str, object]:
    return inventory.variables(inventory.hosts[host])


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("1.5", 1.5),
        ("True", True),
        ("true", "true"),
        ("None", None),
        ("010", "010"),
        ("'5'", 5),
        ("abc", "abc"),
        ("'[1, 2]'", [1, 2]),
        ("\"{'a': 1}\"", {"a": 1}),
        ("'x y'", "x y"),
        ("0x10", 16),
        ("", ""),
    ],
)
def test_host_line_values_are_python_literals(tmp_path: Path, written: str, value: object) -> None:
    assert variables(ini(tmp_path, f"web1 v={written} # comment\n"), "web1")["v"] == value


def test_vars_lines_are_literals_and_keep_what_follows(tmp_path: Path) -> None:
    found = ini(tmp_path, "[g]\nh\n[g:vars]\na=23\nb = 23 # x\nc='5'\nd=p=q\n")
    assert variables(found, "h") == {"a": 23, "b": 23, "c": "5", "d": "p=q"}


@pytest.mark.parametrize(
    ("pattern", "names", "port"),
    [
        ("web[01:03].ex.org", ["web01.ex.org", "web02.ex.org", "web03.ex.org"], None),
        ("db-[a:c]", ["db-a", "db-b", "db-c"], None),
        ("n[1:9:4]", ["n1", "n5", "n9"], None),
        ("r[1:2]c[a:b]:2222", ["r1ca", "r1cb", "r2ca", "r2cb"], 2222),
        ("[2001:db8::1]:2200", ["2001:db8::1"], 2200),
        ("2001:db8::1", ["2001:db8::1"], None),
    ],
)
def test_ranges_and_ports(tmp_path: Path, pattern: str, names: list[str], port: int | None) -> None:
    found = ini(tmp_path, f"{pattern}\n")
    assert list(found.hosts) == names
    assert {variables(found, name).get("ansible_port") for name in names} == {port}


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        ("web1\nweb2 oops\n", 2, "variable=value"),
        ("[web:vras]\n", 1, "unknown kind"),
        ("[web:vars]\na=1\n", 1, "no section defines"),
        ("[all2:children]\nnope\n", 2, "no section defines"),
        ("web[1:]\n", 1, "no end"),
        ("web[9:1]\n", 1, "ends before"),
        ("web1 a='x\n", 1, "cannot read this host line"),
        ("[a:children]\nb\n[b:children]\na\n", 4, "contains it"),
        ("web:\n", 1, "colon"),
        ("---\nall:\n", 1, "YAML"),
    ],
)
def test_ini_mistakes_are_placed(tmp_path: Path, text: str, line: int, says: str) -> None:
    with pytest.raises(InventoryError) as caught:
        ini(tmp_path, text)
    assert says in caught.value.message
    assert caught.value.at is not None
    assert caught.value.at.line == line


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("all:\n  host:\n    a:\n", (2, 3), "unknown key 'host'"),
        ("all:\n  hosts:\n    - a\n", (3, 5), "mapping, not a list"),
        ("all:\n  hosts:\n    1:\n", (3, 5), "not a string"),
        ("- a\n", (1, 1), "mapping of groups"),
        ("plugin: aws_ec2\n", (1, 1), "not supported"),
        ("all:\n  vars: 5\n", (2, 3), "mapping, not a number"),
    ],
)
def test_yaml_mistakes_are_placed(
    tmp_path: Path, text: str, place: tuple[int, int], says: str
) -> None:
    with pytest.raises(InventoryError) as caught:
        load_inventory([write(tmp_path / "hosts.yml", text)])
    assert says in caught.value.message
    assert caught.value.at is not None
    assert (caught.value.at.line, caught.value.at.column) == place


def test_a_folder_merges_its_sources_and_ignores_the_rest(tmp_path: Path) -> None:
    write(tmp_path / "inv/01.ini", "[web]\na x=1\n")
    write(tmp_path / "inv/02.yml", "web:\n  hosts:\n    a: {x: 2}\n    b:\n")
    for name in ("notes.md", "old.ini.bak", ".hidden", "x.retry"):
        write(tmp_path / "inv" / name, "][")
    write(tmp_path / "inv/group_vars/web.yml", "y: 3\n")
    write(tmp_path / "inv/host_vars/a/one", "z: 4\n")
    found = load_inventory([str(tmp_path / "inv")])
    assert list(found.hosts) == ["a", "b"]
    assert variables(found, "a") == {"x": 2, "y": 3, "z": 4}


def test_a_script_answers_with_meta_or_host_by_host(tmp_path: Path) -> None:
    data = {"web": {"hosts": ["a"], "vars": {"g": 1}}, "_meta": {"hostvars": {"a": {"h": 2}}}}
    meta = write(tmp_path / "meta", f"#!/bin/sh\necho '{json.dumps(data)}'\n", 0o755)
    assert variables(load_inventory([meta]), "a") == {"g": 1, "h": 2}
    script = '#!/bin/sh\n[ $1 = --list ] && echo \'{"web": ["a"]}\' || echo "{\\"n\\": \\"$2\\"}"\n'
    assert variables(load_inventory([write(tmp_path / "each", script, 0o755)]), "a") == {"n": "a"}


def test_a_script_that_fails_says_why(tmp_path: Path) -> None:
    path = write(tmp_path / "bad", "#!/bin/sh\necho no cloud today >&2; exit 3\n", 0o755)
    with pytest.raises(InventoryError, match="exit code 3: no cloud today"):
        load_inventory([path])


def test_a_list_of_hosts() -> None:
    found = load_inventory(["a,b[1:2],c:2022,"])
    assert list(found.hosts) == ["a", "b1", "b2", "c"]
    assert variables(found, "c") == {"ansible_port": 2022}


def test_a_missing_source_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InventoryError, match="no such inventory"):
        load_inventory([str(tmp_path / "nope")])


def test_list_and_graph_have_ansibles_shape(tmp_path: Path) -> None:
    found = ini(tmp_path, "lone\n[web]\nw1 x=1\n[prod:children]\nweb\n")
    assert as_list(found) == {
        "_meta": {"hostvars": {"w1": {"x": 1}}},
        "all": {"children": ["ungrouped", "prod"]},
        "ungrouped": {"hosts": ["lone"]},
        "prod": {"children": ["web"]},
        "web": {"hosts": ["w1"]},
    }
    assert as_graph(found) == (
        "@all:\n  |--@ungrouped:\n  |  |--lone\n  |--@prod:\n  |  |--@web:\n  |  |  |--w1\n"
    )


_LINES = st.lists(
    st.one_of(
        st.text(alphabet="[]:=#;'\"\\ \tabc019-,.&!{}*", max_size=24),
        st.sampled_from(["[web]", "[web:vars]", "[web:children]", "a=[1", "web", "h x='1"]),
        st.text(max_size=12),
    ),
    max_size=8,
)


@examples(300)
@given(_LINES)
def test_no_ini_text_gives_a_traceback(lines: list[str]) -> None:
    store = Store()
    try:
        read_ini("\n".join(lines), "fuzz.ini", store)
        store.settle()
    except InventoryError as error:
        assert error.at is not None


_TREES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=6)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.one_of(
                st.sampled_from(
                    ["all", "hosts", "vars", "children", "web", "h[1:3]", "x:y", "h:0"]
                ),
                st.text(max_size=4),
                st.integers(),
            ),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)


@examples(300)
@given(_TREES)
def test_no_yaml_tree_gives_a_traceback(tree: object) -> None:
    store = Store()
    try:
        read_yaml(parse_yaml(json.dumps(tree), "fuzz.yml"), "fuzz.yml", store)
        store.settle()
    except DataError as error:
        assert error.message

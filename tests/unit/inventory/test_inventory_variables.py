"""Precedence of inventory variables, and changes while running."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import InventoryError
from provision.inventory import Vault, load_inventory
from tests.examples import examples

LEVELS = [
    ("inv/hosts.ini", "[all:vars]\nv=all\n"),
    ("inv/hosts.ini", "[parent:vars]\nv=parent\n"),
    ("inv/hosts.ini", "[web:vars]\nv=web\n"),
    ("inv/group_vars/all.yml", "v: all file\n"),
    ("play/group_vars/all.yml", "v: all play file\n"),
    ("inv/group_vars/parent", "v: parent file\n"),
    ("inv/group_vars/web.yaml", "v: web file\n"),
    ("play/group_vars/web/x.yml", "v: web play file\n"),
    ("inv/hosts.ini", "[web]\nh v=host\n"),
    ("inv/host_vars/h.json", '{"v": "host file"}\n'),
    ("play/host_vars/h.yml", "v: host play file\n"),
]


@examples(60)
@given(st.sets(st.integers(0, len(LEVELS) - 1), min_size=1))
def test_the_highest_level_wins(chosen: set[int]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "inv").mkdir()
        (root / "play").mkdir()
        hosts = root / "inv/hosts.ini"
        hosts.write_text("[web]\nh\n[parent:children]\nweb\n")
        for number in sorted(chosen):
            path = root / LEVELS[number][0]
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a") as file:
                file.write(LEVELS[number][1])
        inventory = load_inventory([str(hosts)])
        inventory.load_adjacent(root / "play")
        host = inventory.hosts["h"]
        labels = [label for label, layer in inventory.layers(host) if "v" in layer]
        assert len(labels) == len(chosen)
        wanted = LEVELS[max(chosen)][1].rstrip()
        assert inventory.variables(host)["v"] in (
            wanted.rpartition("=")[2],
            wanted.removeprefix("v: "),
            "host file",
        )
        assert (inventory.variables(host)["v"] == "host file") == (max(chosen) == 9)


def test_groups_merge_by_depth_then_priority_then_name(tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text(
        "b: {hosts: {h: }, vars: {v: b, w: b}}\n"
        "a: {hosts: {h: }, vars: {v: a, w: a, ansible_group_priority: 5}}\n"
        "z: {vars: {v: z, u: z}, children: {b: }}\n"
    )
    inventory = load_inventory([str(path)])
    found = inventory.variables(inventory.hosts["h"])
    # b lies deeper than a (below z), so it wins in spite of a's priority.
    assert (found["v"], found["w"], found["u"]) == ("b", "b", "z")
    assert "ansible_group_priority" not in found


def test_mappings_replace(tmp_path: Path) -> None:
    path = tmp_path / "hosts.yml"
    path.write_text("all: {vars: {m: {a: 1}}, hosts: {h: {m: {b: 2}}}}\n")
    inventory = load_inventory([str(path)])
    assert inventory.variables(inventory.hosts["h"]) == {"m": {"b": 2}}


def test_a_folder_hides_a_file_of_the_same_name_and_says_so(tmp_path: Path) -> None:
    (tmp_path / "group_vars/all").mkdir(parents=True)
    (tmp_path / "group_vars/all/x.yml").write_text("v: 1\n")
    (tmp_path / "group_vars/all.yml").write_text("v: 2\n")
    (tmp_path / "hosts").write_text("h\n")
    inventory = load_inventory([str(tmp_path / "hosts")])
    assert inventory.variables(inventory.hosts["h"]) == {"v": 1}
    assert any("all.yml is not read" in text for text in inventory.warnings)


def test_encrypted_variable_files(tmp_path: Path) -> None:
    vault = Vault({"default": "pw"})
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text(vault.encrypt("secret: 1\n"))
    (tmp_path / "hosts").write_text("h\n")
    inventory = load_inventory([str(tmp_path / "hosts")], vault=vault)
    assert inventory.variables(inventory.hosts["h"]) == {"secret": 1}
    locked = load_inventory([str(tmp_path / "hosts")])
    with pytest.raises(InventoryError, match="no vault password was given") as caught:
        locked.variables(locked.hosts["h"])
    assert str(tmp_path / "group_vars/all.yml") in str(caught.value.at)


def test_hosts_and_groups_added_while_running(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("h\n")
    inventory = load_inventory([str(tmp_path / "hosts")])
    assert inventory.groups_map()["all"] == ["h"]
    assert inventory.add_host("n", ["new"], {"v": 1})
    assert not inventory.add_host("n", ["new"], {"v": 1})
    assert inventory.add_group("os_debian", ["h", "n"], ["os"])
    assert not inventory.add_group("os_debian", ["h", "n"], ["os"])
    assert inventory.groups_map()["os"] == ["h", "n"]
    assert inventory.group_names(inventory.hosts["n"]) == ["new", "os", "os_debian"]
    assert "h" not in inventory.groups_map()["ungrouped"]

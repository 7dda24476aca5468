"""Host patterns and --limit."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import InventoryError
from provision.inventory import Inventory, load_inventory
from provision.inventory.store import Store
from tests.examples import examples


@pytest.fixture(scope="module")
def inventory(tmp_path_factory: pytest.TempPathFactory) -> Inventory:
    path = tmp_path_factory.mktemp("inventory") / "hosts.ini"
    path.write_text("lone\n[web]\nweb1\nweb2\nweb3\n[db]\ndb1\nweb3\n[prod:children]\ndb\nweb\n")
    return load_inventory([str(path)])


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("all", ["lone", "db1", "web3", "web1", "web2"]),
        ("web", ["web1", "web2", "web3"]),
        ("web:db", ["web1", "web2", "web3", "db1"]),
        ("web,db", ["web1", "web2", "web3", "db1"]),
        ("web:&db", ["web3"]),
        ("web:!web2", ["web1", "web3"]),
        ("!web2:web", ["web1", "web3"]),
        ("!web:&prod", ["db1"]),
        ("&web:prod:!web1", ["web3", "web2"]),
        ("web[0]", ["web1"]),
        ("web[-1]", ["web3"]),
        ("web[1:]", ["web2", "web3"]),
        ("web[0:1]", ["web1", "web2"]),
        ("web[9]", []),
        ("web*", ["web1", "web2", "web3"]),
        ("*1", ["db1", "web1"]),
        ("~(web|db)[13]", ["web1", "web3", "db1"]),
        ("ungrouped", ["lone"]),
        (["web1", "!web1", "lone"], ["lone"]),
        ("nope", []),
        ("localhost", ["localhost"]),
        ("", []),
    ],
)
def test_patterns(inventory: Inventory, pattern: str | list[str], names: list[str]) -> None:
    assert sorted(host.name for host in inventory.match(pattern)) == sorted(names)


def test_the_order_of_a_group_is_the_inventorys(inventory: Inventory) -> None:
    assert [host.name for host in inventory.match("web")] == ["web1", "web2", "web3"]
    assert [host.name for host in inventory.match("web2:web1")] == ["web2", "web1"]


def test_the_implicit_localhost_is_local_and_in_no_group(inventory: Inventory) -> None:
    (host,) = inventory.match("localhost")
    assert host.implicit
    assert inventory.variables(host)["ansible_connection"] == "local"
    assert "localhost" not in inventory.groups_map()["all"]


def test_a_misspelt_name_is_refused_when_strict(inventory: Inventory) -> None:
    with pytest.raises(InventoryError) as caught:
        inventory.match("wbe1", strict=True)
    assert "web1" in (caught.value.hint or "")


def test_limit(inventory: Inventory, tmp_path: Path) -> None:
    listed = tmp_path / "retry"
    listed.write_text("web1\ndb1\n")
    assert inventory.limit(f"@{listed}") == {"web1", "db1"}
    assert inventory.limit("web:!web1") == {"web2", "web3"}
    with pytest.raises(InventoryError, match="'nope' is neither"):
        inventory.limit("web1,nope")
    with pytest.raises(InventoryError, match="cannot read this limit file"):
        inventory.limit("@/does/not/exist")


@examples(300)
@given(st.text(alphabet="ab:&!,~*[]0-9.?()\\ +", max_size=16))
def test_no_pattern_gives_a_traceback(pattern: str) -> None:
    store = Store()
    for name in ("a", "b", "ab"):
        store.name_hosts(name, store.group("g"))
    store.settle()
    try:
        Inventory(store).match(pattern)
    except InventoryError as error:
        assert error.message

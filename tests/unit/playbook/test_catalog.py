from __future__ import annotations

import pytest

from provision.playbook.foreign import ForeignSpec
from provision.playbook.values import is_variable_name
from tests.unit.playbook.support import CATALOG


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("copy", "copy"),
        ("ansible.builtin.copy", "copy"),
        ("ansible.legacy.copy", "copy"),
        ("systemd_service", "systemd"),
        ("ansible.builtin.systemd_service", "systemd"),
        ("docker_swarm", "docker_swarm"),
        ("community.docker.docker_swarm", "docker_swarm"),
        ("import_tasks", "import_tasks"),
    ],
)
def test_finds_every_name_a_module_has(name: str, found: str) -> None:
    spec = CATALOG.find(name)
    assert spec is not None
    assert spec.name == found


@pytest.mark.parametrize(
    "name", ["ansible.builtin.docker_swarm", "community.docker.dockr_swarm", "cpy"]
)
def test_finds_nothing_under_other_names(name: str) -> None:
    assert CATALOG.find(name) is None


def test_suggests_in_the_style_of_the_question() -> None:
    assert CATALOG.suggest("coppy") == "copy"
    assert CATALOG.suggest("community.docker.docker_swrm") == "community.docker.docker_swarm"
    assert CATALOG.suggest("xyzzy") is None


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("community.dokcer.docker_swarm", "community.docker.docker_swarm"),
        ("ansible.buildin.copy", "ansible.builtin.copy"),
        ("comunity.general.ufw", "community.general.ufw"),
    ],
)
def test_a_misspelt_collection_is_not_one_to_install(name: str, meant: str) -> None:
    assert CATALOG.find(name) is None
    assert CATALOG.suggest(name) == meant


def test_a_collection_of_another_name_may_exist() -> None:
    spec = CATALOG.find("community.dokcer.something_else")
    assert isinstance(spec, ForeignSpec)
    assert spec.refusal


def test_names_are_short_and_sorted() -> None:
    names = CATALOG.names()
    assert names == sorted(names)
    assert "docker_swarm" in names
    assert not any("." in name for name in names)


@pytest.mark.parametrize(
    ("name", "good"),
    [
        ("a_1", True),
        ("1a", False),
        ("a-b", False),
        ("class", True),
        ("not", False),
        ("é", False),
        (7, False),
    ],
)
def test_variable_names(name: object, good: bool) -> None:
    assert is_variable_name(name) is good

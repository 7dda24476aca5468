"""Modules that are none of provision's own: which file a name means, and what is said where none
can be run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from provision.agent.spec import Spec
from provision.errors import PlaybookError
from provision.playbook import collections, foreign, installed_ansible, load_playbook
from provision.playbook.catalog import Catalog
from provision.playbook.collections import Collections, parts_of
from provision.playbook.foreign import ForeignModules, ForeignSpec
from provision.playbook.installed_ansible import InstalledAnsible

RUNTIME = """\
plugin_routing:
  modules:
    alternatives:
      redirect: community.general.alternatives
    yum:
      redirect: ansible.builtin.dnf
  module_utils:
    old:
      redirect: community.general.new
"""


@pytest.fixture
def ansible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InstalledAnsible]:
    """An installed Ansible with two collections."""
    found = InstalledAnsible(tmp_path / "site" / "ansible", "2.19.0")
    _write(found.core / "config" / "ansible_builtin_runtime.yml", RUNTIME)
    _write(found.core / "modules" / "dnf.py")
    _write(found.core / "modules" / "iptables.py")
    _write(found.core / "plugins" / "action" / "dnf.py")
    general = found.site / "ansible_collections" / "community" / "general"
    _write(general / "plugins" / "modules" / "alternatives.py")
    _write(
        general / "meta" / "runtime.yml",
        "plugin_routing:\n"
        "  modules:\n"
        "    docker_swarm: {redirect: community.docker.docker_swarm}\n"
        "    gone: {tombstone: {removal_version: 1.0.0, warning_text: Use another.}}\n",
    )
    for module in (collections, foreign):
        monkeypatch.setattr(module, "installed_ansible", lambda: found)
    collections._builtin_sections.cache_clear()
    yield found
    collections._builtin_sections.cache_clear()


@pytest.fixture
def without_ansible(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for module in (collections, foreign):
        monkeypatch.setattr(module, "installed_ansible", lambda: None)
    collections._builtin_sections.cache_clear()
    yield
    collections._builtin_sections.cache_clear()


def _write(path: Path, text: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def _catalog(path: tuple[Path, ...] = ()) -> Catalog:
    own = (
        Spec("ping", "Answer."),
        Spec("docker_swarm", "Swarms.", collection="community.docker"),
    )
    return Catalog(own, foreign=ForeignModules(Collections(path)))


def _load(catalog: Catalog, folder: Path, task: str) -> None:
    playbook = folder / "site.yml"
    playbook.write_text(f"- hosts: all\n  tasks:\n    - {task}\n")
    load_playbook(playbook, catalog)


def _complaint(catalog: Catalog, folder: Path, task: str) -> tuple[str, str]:
    with pytest.raises(PlaybookError) as caught:
        _load(catalog, folder, task)
    assert caught.value.at is not None and caught.value.at.line == 3
    return caught.value.message, caught.value.hint or ""


def test_names_are_taken_apart() -> None:
    assert parts_of("community.general.ini_file") == ("community.general", "ini_file")
    assert parts_of("a.b.sub.module") == ("a.b", "sub.module")
    assert parts_of("copy") == ("", "copy")


@pytest.mark.parametrize("name", ["alternatives", "community.general.alternatives"])
def test_a_module_of_a_collection(ansible: InstalledAnsible, name: str) -> None:
    spec = _catalog().find(name)
    assert isinstance(spec, ForeignSpec)
    assert spec.name == "community.general.alternatives" and not spec.refusal
    assert spec.path.name == "alternatives.py"


def test_one_of_ansible_core(ansible: InstalledAnsible) -> None:
    for name in ("iptables", "ansible.builtin.iptables"):
        spec = _catalog().find(name)
        assert isinstance(spec, ForeignSpec) and spec.name == "ansible.builtin.iptables"


def test_a_moved_name_ends_at_our_own(ansible: InstalledAnsible) -> None:
    spec = _catalog().find("community.general.docker_swarm")
    assert spec is not None and not isinstance(spec, ForeignSpec)


def test_collections_beside_the_playbook_come_first(
    ansible: InstalledAnsible, tmp_path: Path
) -> None:
    beside = tmp_path / "project" / "collections" / "ansible_collections" / "community" / "general"
    _write(beside / "plugins" / "modules" / "alternatives.py")
    catalog = _catalog()
    _load(catalog, tmp_path / "project", "alternatives:")
    spec = catalog.find("alternatives")
    assert isinstance(spec, ForeignSpec) and spec.path.is_relative_to(tmp_path / "project")


def test_the_collections_keyword(ansible: InstalledAnsible, tmp_path: Path) -> None:
    _write(tmp_path / "c" / "ansible_collections/my/own/plugins/modules/ping.py")
    catalog = _catalog((tmp_path / "c",))
    spec = catalog.find("ping", ["my.own"])
    assert isinstance(spec, ForeignSpec) and spec.name == "my.own.ping"
    assert not isinstance(catalog.find("ping"), ForeignSpec)


def test_library_hides_a_builtin_by_its_short_name_only(tmp_path: Path) -> None:
    _write(tmp_path / "library" / "ping.py")
    catalog = _catalog()
    catalog.foreign.add(tmp_path)
    assert isinstance(catalog.find("ping"), ForeignSpec)
    assert isinstance(catalog.find("ansible.legacy.ping"), ForeignSpec)
    assert not isinstance(catalog.find("ansible.builtin.ping"), ForeignSpec)
    assert catalog.of_task("ping") is catalog.own("ping")
    assert catalog.of_task("ansible.legacy.ping") is catalog.find("ping")


def test_the_first_library_with_a_name_counts(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        _write(tmp_path / folder / "library" / "mine.py")
    catalog = _catalog()
    for folder in ("one", "two"):
        catalog.foreign.add(tmp_path / folder)
    spec = catalog.find("mine")
    assert isinstance(spec, ForeignSpec) and spec.path.is_relative_to(tmp_path / "one")


def test_what_needs_an_action_plugin_is_refused(ansible: InstalledAnsible, tmp_path: Path) -> None:
    message, hint = _complaint(_catalog(), tmp_path, "yum:")
    assert message.startswith("'ansible.builtin.dnf' needs its action plugin")
    assert str(ansible.core / "plugins" / "action" / "dnf.py") in hint


def test_a_condition_puts_the_refusal_off(ansible: InstalledAnsible, tmp_path: Path) -> None:
    _load(_catalog(), tmp_path, "{yum: {name: x}, when: is_red_hat}")
    _load(_catalog(), tmp_path, "{mysql_db: {name: x}, when: has_mysql}")


def test_a_removed_module_says_why(ansible: InstalledAnsible, tmp_path: Path) -> None:
    message, hint = _complaint(_catalog(), tmp_path, "community.general.gone:")
    assert message == "there is no module 'community.general.gone' here"
    assert hint == "community.general has it no more: Use another."


def test_a_missing_collection_is_named(ansible: InstalledAnsible, tmp_path: Path) -> None:
    _, hint = _complaint(_catalog(), tmp_path, "amazon.aws.ec2_instance:")
    assert hint.endswith("ansible-galaxy collection install amazon.aws")
    assert "pip install" not in hint


@pytest.mark.parametrize(
    ("task", "package"),
    [
        ("iptables:", "pip install 'provision[ansible]'"),
        ("ufw:", "ansible-galaxy collection install community.general"),
        ("amazon.aws.ec2_instance:", "ansible-galaxy collection install amazon.aws"),
    ],
)
def test_without_ansible_the_package_is_named(
    without_ansible: None, tmp_path: Path, task: str, package: str
) -> None:
    message, hint = _complaint(_catalog(), tmp_path, task)
    assert message.startswith("there is no module '")
    assert package in hint and "provision[ansible]" in hint


@pytest.mark.parametrize(
    ("task", "meant"),
    [
        ("pingg:", "ping"),
        ("community.docker.docker_swrm:", "community.docker.docker_swarm"),
        ("ansible.builtin.pong:", "ansible.builtin.ping"),
    ],
)
def test_a_misspelt_name_is_no_missing_collection(
    without_ansible: None, tmp_path: Path, task: str, meant: str
) -> None:
    message, hint = _complaint(_catalog(), tmp_path, task)
    assert "there is no module or keyword" in message
    assert hint == f"did you mean '{meant}'?"


def test_an_installation_is_found_by_its_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    core = tmp_path / "venv" / "lib" / "python3.12" / "site-packages" / "ansible"
    _write(core / "module_utils" / "basic.py")
    _write(core / "release.py", "__version__ = '2.18.3'\n")
    program = tmp_path / "venv" / "bin" / "ansible-playbook"
    _write(program)
    program.chmod(0o755)
    link = tmp_path / "bin" / "ansible-playbook"
    link.parent.mkdir()
    link.symlink_to(program)
    monkeypatch.setenv("PATH", str(link.parent))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    installed_ansible.installed_ansible.cache_clear()
    try:
        assert installed_ansible.installed_ansible() == InstalledAnsible(core, "2.18.3")
    finally:
        installed_ansible.installed_ansible.cache_clear()


def test_roles_of_collections_and_their_own_collection(
    ansible: InstalledAnsible, tmp_path: Path
) -> None:
    root = tmp_path / "c" / "ansible_collections" / "my" / "own"
    _write(root / "roles" / "site" / "tasks" / "main.yml", "- import_role: {name: base}\n")
    _write(root / "roles" / "base" / "tasks" / "main.yml", "- tell:\n")
    _write(root / "plugins" / "modules" / "tell.py")
    playbook = tmp_path / "site.yml"
    playbook.write_text("- hosts: all\n  roles: [my.own.site]\n")
    [play] = load_playbook(playbook, _catalog((tmp_path / "c",))).plays
    [task] = play.sections[1]
    assert task.action == "my.own.tell"  # type: ignore[union-attr]
    assert task.role is not None
    assert task.role.name == "my.own.base"


def test_a_missing_role_of_a_collection(ansible: InstalledAnsible, tmp_path: Path) -> None:
    _write(tmp_path / "c" / "ansible_collections/my/own/roles/site/tasks/main.yml")
    for role, expected in (
        ("my.own.sity", "did you mean 'site'?"),
        ("no.such.role", "ansible-galaxy collection install no.such"),
    ):
        (tmp_path / "site.yml").write_text(f"- hosts: all\n  roles: [{role}]\n")
        with pytest.raises(PlaybookError) as caught:
            load_playbook(tmp_path / "site.yml", _catalog((tmp_path / "c",)))
        assert expected in (caught.value.hint or "")

from __future__ import annotations

import subprocess
import sys

import pytest

from provision.agent import catalog


def test_every_module_declares_itself_under_its_file_name() -> None:
    for name, spec in catalog.all_specs().items():
        assert spec.name == name
        assert callable(catalog.load_module(name).run)


def test_names_are_found_without_importing_them() -> None:
    line = (
        "import sys; from provision.agent import catalog; n = catalog.module_names();"
        " catalog.load_module('ping');"
        " print(len(n), sum(m.startswith('provision.agent.modules.') for m in sys.modules))"
    )
    out = subprocess.run([sys.executable, "-c", line], capture_output=True, text=True, check=True)
    known, imported = out.stdout.split()
    assert int(known) == len(catalog.module_names())
    assert imported == "1"


@pytest.mark.parametrize(
    ("name", "short"),
    [
        ("ping", "ping"),
        ("ansible.builtin.ping", "ping"),
        ("ansible.legacy.ping", "ping"),
        ("community.general.ping", None),
        ("systemd_service", "systemd"),
        ("ansible.builtin.systemd_service", "systemd"),
        ("no_such_module", None),
        ("", None),
    ],
)
def test_resolve(name: str, short: str | None) -> None:
    assert catalog.resolve(name) == short


def test_the_aliases_are_those_that_the_modules_declare() -> None:
    declared = {alias: name for name, spec in catalog.all_specs().items() for alias in spec.aliases}
    assert declared == catalog.ALIASES


@pytest.mark.parametrize("name", ["no_such_module", "_private", "os", "..main"])
def test_only_modules_are_loaded(name: str) -> None:
    with pytest.raises(catalog.UnknownModule):
        catalog.load_module(name)

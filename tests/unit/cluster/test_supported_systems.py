"""Which systems the roles install on: each role's list, and how it names what it refuses."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from provision.templating.templar import Templar

ROLES = Path(__file__).parents[3] / "playbooks" / "roles"


def value(role: str, name: str, distribution: str, version: str, machine: str) -> str:
    variables: dict[str, Any] = {}
    for part in ("defaults", "vars"):
        variables |= yaml.safe_load((ROLES / role / part / "main.yml").read_text())
    variables["ansible_facts"] = {
        "distribution": distribution,
        "distribution_version": version,
        "distribution_major_version": version.split(".", maxsplit=1)[0],
        "architecture": machine,
    }
    templar = Templar()
    return str(templar.render(f"{{{{ {role}_{name} }}}}", templar.scope(variables)))


@pytest.mark.parametrize("role", ["docker", "consul"])
@pytest.mark.parametrize(
    ("distribution", "version", "machine", "refused"),
    [
        ("Debian", "11.11", "x86_64", ""),
        ("Debian", "12.9", "aarch64", ""),
        ("Debian", "13", "armv7l", ""),
        ("Ubuntu", "24.04", "x86_64", ""),
        ("Ubuntu", "23.10", "x86_64", "Ubuntu 23.10 on x86_64"),
        ("Debian", "10.13", "x86_64", "Debian 10.13 on x86_64"),
        ("Fedora", "41", "x86_64", "Fedora 41 on x86_64"),
        ("Debian", "12.9", "riscv64", "Debian 12.9 on riscv64"),
    ],
)
def test_what_a_role_refuses_is_named(
    role: str, distribution: str, version: str, machine: str, refused: str
) -> None:
    assert value(role, "refused_system", distribution, version, machine) == refused


def test_what_is_supported_is_told() -> None:
    told = value("docker", "supported", "Fedora", "41", "x86_64")
    assert told == "Debian 11, 12, 13 and Ubuntu 22.04, 24.04 on x86_64, aarch64, armv7l"

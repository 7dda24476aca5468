"""The node image's recipe: one list of packages, a name that follows its content."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from provision.machines.debian_sources import Mirror
from provision.machines.mmdebstrap import mmdebstrap_command, packages
from provision.machines.node_image import configuration, image_name
from provision.resources import resource

MIRROR = Mirror(("deb http://mirror.example/debian bookworm main",), Path("/k/debian.gpg"))


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource("images", "node"), tmp_path / "with space"))


def test_the_packages_a_node_cannot_do_without(recipe: Path) -> None:
    found = packages(recipe)
    assert {"systemd-sysv", "openssh-server", "python3", "sudo", "iptables"} <= set(found)
    assert not [name for name in found if name.startswith("#") or " " in name]


def test_import_gets_the_dockerfiles_configuration(recipe: Path) -> None:
    lines = configuration(recipe)
    assert 'CMD ["/sbin/init"]' in lines
    assert 'ENTRYPOINT ["/usr/local/sbin/provision-node-init"]' in lines
    assert "ENV container=docker" in lines
    assert not [line for line in lines if line.startswith(("RUN", "COPY", "FROM", "#"))]


def test_the_name_changes_with_all_that_decides_the_content(recipe: Path) -> None:
    names = {image_name("bookworm", recipe, MIRROR)}
    names.add(image_name("trixie", recipe, MIRROR))
    names.add(image_name("bookworm", recipe, None))
    # What only baked images are made with is in their names.
    deciding = [f for f in sorted(recipe.iterdir()) if f.name != "forget-identity.sh"]
    for file in deciding:
        file.write_text(file.read_text() + "\n# changed\n")
        names.add(image_name("bookworm", recipe, MIRROR))
    assert len(names) == 3 + len(deciding)
    assert image_name("bookworm", recipe, MIRROR) in names
    assert all(name.startswith("provision-node:") for name in names)


def test_mmdebstraps_command_survives_odd_paths(recipe: Path) -> None:
    command = mmdebstrap_command("bookworm", recipe, MIRROR)
    assert command[-3:] == ["bookworm", "-", *MIRROR.lines]
    assert "--keyring=/k/debian.gpg" in command
    assert f"--include={','.join(packages(recipe))}" in command
    hooks = [word.partition("=")[2] for word in command if word.startswith("--customize-hook")]
    assert all(f"'{recipe}/" in hook for hook in hooks)


@pytest.mark.parametrize("script", ["setup.sh", "provision-node-init"])
def test_scripts_are_posix_shell(recipe: Path, script: str) -> None:
    subprocess.run(["sh", "-n", str(recipe / script)], check=True)

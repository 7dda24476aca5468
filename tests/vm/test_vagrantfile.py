"""The shipped Vagrantfile, as Vagrant itself reads it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest

from provision.machines.driver import MachineSpec
from provision.machines.vagrant.shape import machine_entry

pytestmark = [pytest.mark.vm]

ROOT = Path(__file__).parents[2]


def vagrant(tmp_path: Path, *arguments: str, **environment: str) -> str:
    done = subprocess.run(
        ["vagrant", *arguments],
        cwd=ROOT,
        env={
            **os.environ,
            "VAGRANT_CHECKPOINT_DISABLE": "1",
            "VAGRANT_DOTFILE_PATH": str(tmp_path / "dot"),
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=200,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.parametrize("provider", ["libvirt", "docker"])
def test_it_is_valid_alone(tmp_path: Path, provider: str) -> None:
    said = vagrant(tmp_path, "validate", VAGRANT_DEFAULT_PROVIDER=provider)
    assert "validated successfully" in said


def test_the_environment_says_how_many_machines(tmp_path: Path) -> None:
    said = vagrant(tmp_path, "status", NODES="2", VAGRANT_DEFAULT_PROVIDER="libvirt")
    assert "node-2" in said
    assert "node-3" not in said


@pytest.mark.parametrize("provider", ["libvirt", "virtualbox"])
def test_it_is_valid_with_a_shape_of_the_drivers(tmp_path: Path, provider: str) -> None:
    """VirtualBox cannot be here: Vagrant checks its part without asking it."""
    spec = MachineSpec("lab-node-1", 1, 1, 512, disk=20)
    shape = {
        "cluster": "lab",
        "provider": provider,
        "subnet": "192.168.56.0/24",
        "netmask": "255.255.255.0",
        "network": "provision-lab",
        "public_key": "ssh-ed25519 KEY lab",
        "private_key": str(tmp_path / "id_ed25519"),
        "libvirt": {"driver": "qemu", "kernel": "/vmlinuz", "initrd": "/initrd", "cmdline": "ro"},
        "machines": [machine_entry(spec, "192.168.56.0/24", tmp_path / "console")],
    }
    file = tmp_path / "shape.json"
    file.write_text(json.dumps(shape))
    (tmp_path / "id_ed25519").write_text("")
    ignore = ["--ignore-provider"] if provider == "virtualbox" else []
    said = vagrant(
        tmp_path,
        *("validate", *ignore),
        VAGRANT_DEFAULT_PROVIDER=provider,
        PROVISION_SHAPE=str(file),
    )
    assert "validated successfully" in said

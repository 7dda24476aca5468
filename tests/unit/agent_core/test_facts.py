from __future__ import annotations

import json
import os
import socket
import subprocess
from pathlib import Path

import pytest

from provision.agent import facts
from provision.agent.facts import devices, distribution, local, network, platform, subsets
from provision.agent.modules import setup
from provision.agent.task import ModuleFailed, ModuleTask


def test_the_hello_is_json_and_has_what_plays_need() -> None:
    found = json.loads(json.dumps(facts.hello()))
    for name in [
        "hostname",
        "nodename",
        "fqdn",
        "distribution",
        "distribution_major_version",
        "os_family",
        "kernel",
        "architecture",
        "processor_vcpus",
        "memtotal_mb",
        "default_ipv4",
        "all_ipv4_addresses",
        "interfaces",
        "date_time",
        "user_id",
        "user_dir",
        "env",
        "python",
        "pkg_mgr",
        "service_mgr",
        "virtualization_type",
        "mounts",
        "machine",
        "system",
        "uptime_seconds",
        "selinux",
        "local",
        "lsb",
    ]:
        assert name in found, name
    assert found["memtotal_mb"] > found["memfree_mb"] > 0
    assert found["processor_vcpus"] == os.cpu_count()
    assert found["nodename"] == socket.gethostname()


def test_addresses_are_those_the_system_shows() -> None:
    shown = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=True)
    expected = {address for address in shown.stdout.split() if ":" not in address}
    assert expected <= set(facts.hello()["all_ipv4_addresses"])


def test_default_route_names_an_interface_with_its_address() -> None:
    found = network.collect()
    default = found["default_ipv4"]
    if default:
        name = default["interface"].replace("-", "_").replace(".", "_")
        assert found[name]["ipv4"]["address"] == default["address"]
        assert default["gateway"]


@pytest.mark.parametrize(
    ("release", "expected"),
    [
        ('ID=ubuntu\nID_LIKE=debian\nVERSION_ID="24.04"', ("Ubuntu", "24.04", "24", "Debian")),
        (
            'ID="rocky"\nID_LIKE="rhel centos fedora"\nVERSION_ID="9.3"',
            ("Rocky", "9.3", "9", "RedHat"),
        ),
        ("ID=alpine\nVERSION_ID=3.20.1", ("Alpine", "3.20.1", "3", "Alpine")),
        ("ID=new\nID_LIKE=debian", ("New", "", "", "Debian")),
    ],
)
def test_distributions(
    monkeypatch: pytest.MonkeyPatch, release: str, expected: tuple[str, ...]
) -> None:
    monkeypatch.setattr(
        "provision.agent.facts.distribution.read.text",
        lambda path, default="": release if path == "/etc/os-release" else default,
    )
    found = distribution.collect()
    names = ("distribution", "distribution_version", "distribution_major_version", "os_family")
    assert tuple(found[name] for name in names) == expected


def test_fqdn_comes_from_hosts_without_a_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "127.0.0.1 localhost\n10.0.0.1 node1.example.org node1 # the node\n"
    monkeypatch.setattr("provision.agent.facts.platform.read.text", lambda path, default="": text)
    assert platform._fqdn("node1") == {"fqdn": "node1.example.org", "domain": "example.org"}
    assert platform._fqdn("other") == {"fqdn": "other", "domain": ""}


def test_local_facts(tmp_path: Path) -> None:
    (tmp_path / "json.fact").write_text('{"a": [1]}')
    (tmp_path / "ini.fact").write_text("[section]\nkey = value\n")
    (tmp_path / "broken.fact").write_text("neither")
    (tmp_path / "ignored.txt").write_text("{}")
    program = tmp_path / "run.fact"
    program.write_text("#!/bin/sh\necho '{\"ran\": true}'\n")
    program.chmod(0o755)
    failing = tmp_path / "failing.fact"
    failing.write_text("#!/bin/sh\necho no >&2\nexit 3\n")
    failing.chmod(0o755)
    found, warnings = local.collect(str(tmp_path))
    assert found["json"] == {"a": [1]}
    assert found["ini"] == {"section": {"key": "value"}}
    assert "neither JSON nor INI" in found["broken"] and warnings == [found["broken"]]
    assert set(found) == {"json", "ini", "broken"}
    assert len(local.programs(str(tmp_path))) == 2
    args = {
        "gather_subset": ["min"],
        "filter": ["ansible_local"],
        "fact_path": str(tmp_path),
        "gather_timeout": 10,
    }
    result = setup.run(ModuleTask(args))
    assert result["ansible_facts"]["ansible_local"]["run"] == {"ran": True}
    assert "ended with status 3: no" in result["ansible_facts"]["ansible_local"]["failing"]
    assert len(result["warnings"]) == 2


MINIMAL = {name for name, collector in subsets.COLLECTORS.items() if collector.minimal}
OWN_NAMES_LEFT = {"caps", "distribution", "platform", "ssh_pub_keys", "user"}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["all"], set(subsets.COLLECTORS)),
        (["min"], MINIMAL),
        (["!all"], MINIMAL),
        (["!hardware"], MINIMAL),
        (["!all", "!min"], set()),
        (["network"], MINIMAL | {"network"}),
        (["all", "!hardware"], set(subsets.COLLECTORS) - {"hardware"}),
        (["all", "!min"], set(subsets.COLLECTORS) - MINIMAL | OWN_NAMES_LEFT),
        (["!all", "!min", "mounts"], {"hardware", "platform"}),
        (["!all", "!min", "pkg_mgr"], {"pkg_mgr", "distribution"}),
        (["min", "!date_time"], MINIMAL - {"date_time"}),
        (["date_time", "!date_time"], MINIMAL),
    ],
)
def test_gather_subset(words: list[str], expected: set[str]) -> None:
    assert subsets.chosen(words) == expected


@pytest.mark.parametrize(
    ("size", "expected"), [(0, "0.00 Bytes"), (2048, "2.00 KB"), (256 << 30, "256.00 GB")]
)
def test_sizes_of_devices(size: int, expected: str) -> None:
    assert devices.human(size) == expected


def test_an_unknown_subset_is_refused() -> None:
    with pytest.raises(ModuleFailed, match="there is no 'hardwear'"):
        subsets.chosen(["hardwear"])


def test_filter_takes_patterns_with_or_without_prefix() -> None:
    args: dict[str, object] = {"gather_subset": ["all"]}
    args["filter"] = ["mem*_mb", "ansible_hostname"]
    args |= {"fact_path": "/nonexistent", "gather_timeout": 10}
    found = setup.run(ModuleTask(args))["ansible_facts"]
    assert "ansible_hostname" in found
    assert "ansible_memtotal_mb" in found
    assert "ansible_kernel" not in found

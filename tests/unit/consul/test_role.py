"""What role consul renders: for each version the keys that it knows, for each stage of the way to
TLS and ACLs what its neighbours understand."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from provision.templating.templar import Templar
from provision.verify.consul_tokens import ConsulTokens

ROOT = Path(__file__).parents[3]
ROLE = ROOT / "playbooks" / "roles" / "consul"
SEED = "c2VlZHNlZWRzZWVkc2VlZHNlZWRzZWVkc2VlZHNlZWQ="
TOKENS = ConsulTokens(SEED)


def variables(**more: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name in ("defaults", "vars"):
        found |= yaml.safe_load((ROLE / name / "main.yml").read_text())
    addresses = {"n1": "10.0.0.1", "n2": "10.0.0.2", "n3": "10.0.0.3", "n4": "10.0.0.4"}
    return found | {
        "role_path": str(ROLE),
        "groups": {"consul_servers": ["n1", "n2", "n3"], "consul_clients": ["n4"]},
        "hostvars": {name: {"cluster_address": address} for name, address in addresses.items()},
        "inventory_hostname": "n1",
        "cluster_address": "10.0.0.1",
        "consul_gossip_key": "k" * 43 + "=",
        "consul_acl_seed": SEED,
        "consul_tls_files": "/somewhere",
        "consul_installed_version": "1.8.7",
        "ansible_check_mode": False,
        "ansible_play_hosts": ["n1", "n2", "n3", "n4"],
        **more,
    }


def value(name: str, **more: Any) -> Any:
    templar = Templar()
    return templar.render(f"{{{{ {name} }}}}", templar.scope(variables(**more)))


def rendered(version: str, stage: int, node: str = "n1") -> str:
    templar = Templar()
    scope = templar.scope(
        variables(consul_installed_version=version, consul_stage=stage, inventory_hostname=node)
    )
    text = (ROOT / "templates" / "consul.hcl.j2").read_text()
    return templar.render_text(text, scope, name="consul.hcl.j2")


def keys(text: str) -> set[str]:
    """Names of settings and blocks, however deep."""
    return set(re.findall(r"^\s*(\w+)\s*(?:=|\{)", text, re.MULTILINE))


@pytest.mark.parametrize("version", ["1.8.7", "1.10.12", "1.12.9", "1.21.5", "1.22.0"])
@pytest.mark.parametrize("node", ["n1", "n4"])
def test_a_version_gets_only_keys_that_it_knows(version: str, node: str) -> None:
    """Before 1.9 and 1.12 the later ones are fatal: `invalid config key`."""
    found = keys(rendered(version, 3, node))
    number = tuple(map(int, version.split(".")))
    assert ("tls" in found and "internal_rpc" in found) == (number >= (1, 12))
    assert ("ui_config" in found) == (number >= (1, 9))
    assert ("server_rejoin_age_max" in found) == (number >= (1, 15) and node == "n1")
    if node == "n1":
        assert ("initial_management" in found) == (number >= (1, 11))
        assert ("master" in found) == (number < (1, 11))
    assert "verify_server_hostname" in found


def test_a_client_has_no_certificate_of_its_own_and_no_management_token() -> None:
    text = rendered("1.8.7", 3, "n4")
    assert TOKENS.management not in text
    assert TOKENS.agent("n4") in text
    assert not keys(text) & {"cert_file", "key_file", "https"}
    assert re.search(r"auto_encrypt \{\s+tls = true", text)


def test_the_role_derives_the_tokens_that_provision_knows() -> None:
    assert value("consul_management_token") == TOKENS.management
    assert value("consul_agent_token") == TOKENS.agent("n1")
    text = rendered("1.8.7", 3)
    assert f'master = "{TOKENS.management}"' in text
    assert SEED not in text


def test_each_stage_is_understood_by_the_one_before() -> None:
    def settings(stage: int) -> dict[str, str]:
        return dict(re.findall(r"^\s*(\w+)\s*= (.*)$", rendered("1.8.7", stage), re.MULTILINE))

    none, accept, offer, insist = map(settings, range(4))
    assert "verify_incoming" not in none and "enabled" not in none
    assert (accept["verify_outgoing"], accept["verify_incoming"]) == ("false", "false")
    assert accept["default_policy"] == '"allow"' and "agent" not in accept
    assert (offer["verify_outgoing"], offer["verify_incoming"]) == ("true", "false")
    assert offer["default_policy"] == '"allow"' and "agent" in offer
    assert (insist["verify_outgoing"], insist["verify_incoming"]) == ("true", "true")
    assert insist["default_policy"] == '"deny"'
    # the port is open only where no one gets in without a certificate
    assert [("https" in each) for each in (none, accept, offer, insist)] == [False] * 3 + [True]


def views(**stages: int) -> dict[str, Any]:
    """hostvars of nodes at these stages, all in one running cluster; -1: none runs there."""
    return {
        name: {
            "cluster_address": "10.0.0.1",
            "consul_view": {
                "host": name,
                "stage": max(stage, 0),
                "leader": "10.0.0.1:8300" if stage >= 0 else "",
                "leads": name == "n1" and stage >= 0,
                "denied": False,
                "datacenters": ["dc1"] if stage >= 0 else [],
                "strangers": [],
            },
        }
        for name, stage in stages.items()
    }


@pytest.mark.parametrize(
    ("stages", "expected"),
    [
        ((-1, -1, -1, -1), [3]),
        ((0, 0, 0, 0), [1, 2, 3]),
        ((0, 0, 0, -1), [1, 2, 3]),
        ((1, 0, 0, 0), [1, 2, 3]),
        ((2, 1, 1, 1), [2, 3]),
        ((2, 2, 2, 2), [2, 3]),
        ((3, 2, 2, 2), [3]),
        ((3, 3, 3, -1), [3]),
        ((3, 0, 3, 3), [3]),
    ],
)
def test_a_running_cluster_goes_on_from_where_it_is(
    stages: tuple[int, ...], expected: list[int]
) -> None:
    hostvars = views(**dict(zip(("n1", "n2", "n3", "n4"), stages, strict=True)))
    assert value("consul_stages", hostvars=hostvars) == expected
    assert value("consul_refusal | trim", hostvars=hostvars) == ""


def test_a_lab_without_tls_and_acls_stays_one() -> None:
    hostvars = views(n1=0, n2=0, n3=0, n4=0)
    assert value("consul_stages", hostvars=hostvars, consul_secure=False) == [0]
    assert value("consul_impossible", consul_secure=False, consul_acl_seed="") == ""


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"consul_acl_seed": "short"}, "consul_acl_seed"),
        ({"consul_gossip_key": ""}, "consul_gossip_key"),
        ({"consul_tls_files": ""}, "provision consul certificates"),
        ({"consul_installed_version": ""}, "install.yml"),
    ],
)
def test_what_is_missing_is_said_first(change: dict[str, Any], words: str) -> None:
    assert words in value("consul_impossible", **change)
    assert value("consul_impossible") == ""


def test_security_is_never_taken_away_and_nobody_is_locked_out() -> None:
    secured = views(n1=3, n2=3, n3=3, n4=3)
    assert "take away" in value("consul_refusal", hostvars=secured, consul_secure=False)
    secured["n2"]["consul_view"]["denied"] = True
    assert "n2 is in a cluster that does not know" in value("consul_refusal", hostvars=secured)
    plain = views(n1=0, n2=0, n3=0)
    refused = value("consul_refusal", hostvars=plain, ansible_play_hosts=["n1", "n2", "n3"])
    assert "lock out" in refused
    assert "n4" in refused


def test_descriptions_of_tokens_tell_for_whom_and_of_which_seed_they_are() -> None:
    found = value("consul_token_descriptions")
    whom = [re.sub(r"^provision: (.*) \(\w{8}\)$", r"\1", each) for each in found]
    assert whom == [
        "management",
        "operator",
        "dns",
        "services",
        "monitoring",
        *(f"agent n{n}" for n in (1, 2, 3, 4)),
    ]
    other = value("consul_token_descriptions", consul_acl_seed="b" * 43 + "=")
    assert not set(found) & set(other)

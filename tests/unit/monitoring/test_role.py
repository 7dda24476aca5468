"""What `monitoring` makes the roles render, and what the role refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from provision.templating.templar import Templar
from tests.unit.consul.test_role import ROOT, rendered
from tests.unit.consul.test_role import variables as of_consul

ROLES = ROOT / "playbooks" / "roles"


def of_role(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for part in ("defaults", "vars"):
        found |= yaml.safe_load((ROLES / name / part / "main.yml").read_text())
    return found


def render(template: str, **variables: Any) -> str:
    templar = Templar()
    text = (ROOT / "templates" / template).read_text()
    return templar.render_text(text, templar.scope(variables), name=template)


def of_monitoring(**more: Any) -> dict[str, Any]:
    node = {"role_path": str(ROLES / "monitoring"), "monitoring": True}
    return of_role("monitoring") | of_consul(consul_secure=True) | node | more


@pytest.mark.parametrize(
    ("version", "experimental"), [("19.03.15", True), ("20.10.24", None), ("26.1.5", None)]
)
def test_an_engine_gives_metrics_on_loopback(version: str, experimental: object) -> None:
    variables = of_role("docker") | {"docker_installed_version": version}
    text = render("daemon.json.j2", **variables, monitoring=True)
    assert json.loads(text)["metrics-addr"] == "127.0.0.1:9323"
    assert json.loads(text).get("experimental") is experimental
    assert "metrics-addr" not in render("daemon.json.j2", **variables)


@pytest.mark.parametrize(
    ("version", "known"), [("1.8.7", False), ("1.9.0", True), ("1.12.9", True), ("1.13.0", False)]
)
def test_consul_gives_each_metric_once_where_it_can_be_told_to(version: str, known: bool) -> None:
    assert ("disable_compat_1.9" in rendered(version, 3)) == known


def test_statsd_is_told_only_where_it_is_asked_for() -> None:
    variables = of_consul(consul_stage=3)
    assert "statsd" not in render("consul.hcl.j2", **variables)
    text = render("consul.hcl.j2", **variables | {"consul_statsd_address": "10.0.0.9:8125"})
    assert 'statsd_address            = "10.0.0.9:8125"' in text


def test_prometheus_watches_the_inventory_and_what_consul_knows() -> None:
    found = yaml.safe_load(render("prometheus.yml.j2", **of_monitoring()))
    assert "alerting" not in found
    jobs = {job["job_name"]: job for job in found["scrape_configs"]}
    assert set(jobs) == {"prometheus", "node", "docker", "consul"}
    assert jobs["consul"]["http_sd_configs"][0]["url"] == "http://10.0.0.1:9990/targets"
    assert jobs["consul"]["static_configs"][3] == {
        "targets": ["10.0.0.4:9990"],
        "labels": {"node": "n4"},
    }
    told = of_monitoring(monitoring_alertmanagers=["10.0.0.9:9093"])
    found = yaml.safe_load(render("prometheus.yml.j2", **told))
    managers = found["alerting"]["alertmanagers"]
    assert managers == [{"static_configs": [{"targets": ["10.0.0.9:9093"]}]}]


def test_a_node_gives_metrics_to_prometheus_and_itself() -> None:
    node = of_monitoring(
        inventory_hostname="n2", cluster_address="10.0.0.2", monitoring_allow=["192.0.2.7"]
    )
    unit = render("metrics-gate.service.j2", **node)
    assert "--listen 10.0.0.2:9990 --allow 10.0.0.2,10.0.0.1,192.0.2.7 " in unit


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({}, ""),
        ({"monitoring": False}, "set `monitoring: true` in group_vars/all"),
        ({"consul_services": False}, "consul_services is false"),
        ({"monitoring_host": "n9"}, "n9, which is none of n1, n2, n3, n4"),
    ],
)
def test_what_cannot_work_is_refused(said: dict[str, Any], why: str) -> None:
    variables = of_monitoring(**{"consul_services": True, **said})
    templar = Templar()
    found = templar.render("{{ monitoring_impossible }}", templar.scope(variables))
    assert why in found
    assert bool(found) == bool(why)


def test_the_token_is_the_one_that_role_consul_makes() -> None:
    templar = Templar()
    scope = templar.scope(of_monitoring())
    made = "{{ (consul_acl_seed ~ ' monitoring') | hash('sha256') | to_uuid }}"
    assert templar.render("{{ monitoring_token }}", scope) == templar.render(made, scope)
    policies = of_consul()["consul_policies"]["monitoring"]
    assert "write" not in policies


def test_rules_are_yaml_and_each_alert_says_what_is_wrong() -> None:
    found = yaml.safe_load(render("alerts.yml.j2", **of_monitoring()))
    rules = [rule for group in found["groups"] for rule in group["rules"]]
    assert len(rules) == 10
    assert all(rule["annotations"]["summary"] and rule["labels"]["severity"] for rule in rules)
    tested = "".join(
        file.read_text() for file in Path(ROOT, "tests/integration/monitoring").glob("*_test.yml")
    )
    assert [r["alert"] for r in rules if f"alertname: {r['alert']}" not in tested] == []

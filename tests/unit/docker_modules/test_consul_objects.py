"""Comparing Consul's objects with what is asked for, without a Consul."""

from __future__ import annotations

import pytest

from provision.agent.consul.check_params import check
from provision.agent.consul.durations import duration, same_duration
from provision.agent.consul.grants import IDENTITIES, POLICIES
from provision.agent.modules import consul_agent_check, consul_role
from provision.agent.task import ModuleFailed

HELD = [{"ID": "1", "Name": "one"}, {"ID": "2", "Name": "two"}]


def role(**args):
    return consul_role.SPEC.validate({"name": "r", **args}, on_node=True)


@pytest.mark.parametrize(
    ("asked", "same"),
    [
        ([{"name": "two"}, {"id": "1"}], True),
        ([{"name": "one", "id": "1"}, {"name": "two"}], True),
        ([{"name": "one"}], False),
        ([{"name": "one"}, {"id": "1"}], False),
        ([{"name": "one", "id": "2"}, {"name": "two"}], False),
        ([], False),
    ],
)
def test_links_by_name_or_id(asked, same):
    wanted = POLICIES.encode(role(policies=asked)["policies"])
    assert POLICIES.same(HELD, wanted) is same


def test_a_link_to_nothing():
    with pytest.raises(ModuleFailed, match="neither name nor id"):
        POLICIES.encode(role(policies=[{}])["policies"])


def test_identities_in_any_order():
    services = IDENTITIES[0]
    asked = [{"name": "b", "datacenters": ["y", "x"]}, {"service_name": "a"}]
    wanted = services.encode(role(service_identities=asked)["service_identities"])
    held = [{"ServiceName": "a"}, {"ServiceName": "b", "Datacenters": ["x", "y"]}]
    assert services.same(held, wanted)
    assert not services.same(held[:1], wanted)
    assert services.same(None, [])


@pytest.mark.parametrize(
    ("given", "expected"), [("10", "10s"), (1.5, "1.5s"), ("1m30s", "1m30s"), (None, None)]
)
def test_durations(given, expected):
    assert duration("ttl", given) == expected


def test_durations_are_compared_by_length():
    assert same_duration("1m0s", "60s")
    assert same_duration("", "0s")
    assert not same_duration("1m0s", "61s")
    assert not same_duration("soon", "1s")


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "one of http, tcp, ttl"),
        ({"http": "http://x"}, "interval"),
        ({"ttl": "soon"}, "ttl"),
    ],
)
def test_checks_that_are_none(args, said):
    given = consul_agent_check.SPEC.validate({"name": "c", **args}, on_node=True)
    with pytest.raises(ModuleFailed, match=said):
        check(given, given["args"])

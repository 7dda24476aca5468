"""Subnets: parsing, room, collisions, and what the host says it has routes to."""

from __future__ import annotations

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from provision.errors import UsageError
from provision.machines import subnets

NET = ipaddress.IPv4Network


@pytest.mark.parametrize("text", ["", "ten", "10.0.0.0/33", "10.0.0.1/24", "fd00::/64"])
def test_malformed_subnets_are_refused_with_an_example(text: str) -> None:
    with pytest.raises(UsageError, match="not an IPv4 network") as caught:
        subnets.parse(text)
    assert "/24" in (caught.value.hint or "")


def test_addresses_begin_after_the_tenth() -> None:
    assert subnets.address(NET("172.30.4.0/24"), 1) == "172.30.4.11"
    assert subnets.address(NET("172.30.4.0/27"), 20) == "172.30.4.30"


@given(st.integers(16, 32), st.integers(1, 400))
def test_an_address_is_inside_and_usable_or_refused(prefix: int, index: int) -> None:
    network = NET(("10.0.0.0", prefix))
    try:
        address = ipaddress.IPv4Address(subnets.address(network, index))
    except UsageError as error:
        assert index > network.num_addresses - 2 - subnets.FIRST_HOST, error
    else:
        assert address in network
        assert address not in (network[0], network[1], network[-1])


def test_collision_names_what_it_is() -> None:
    taken = {NET("10.0.0.0/8"): "route of this host on wg0"}
    assert subnets.collision(NET("10.3.0.0/24"), taken) == "10.0.0.0/8 (route of this host on wg0)"
    assert subnets.collision(NET("172.30.0.0/24"), taken) is None


@given(st.text(max_size=20))
def test_candidates_are_the_same_for_a_name_and_all_different(name: str) -> None:
    every = list(subnets.candidates(name))
    assert every == list(subnets.candidates(name))
    assert len(set(every)) == len(every) == 384
    assert all(net.is_private and net.prefixlen == 24 for net in every)


def test_routes_of_ip_without_the_default() -> None:
    text = '[{"dst":"default","dev":"eth0"},{"dst":"192.0.2.0/24","dev":"eth0"},{"dst":"10.1.2.3"}]'
    assert subnets.routes_from_ip(text) == {
        NET("192.0.2.0/24"): "route of this host on eth0",
        NET("10.1.2.3/32"): "route of this host on ?",
    }
    assert subnets.routes_from_ip("") == {}


def test_routes_of_proc_are_little_endian() -> None:
    text = (
        "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\tMTU\tWindow\tIRTT\n"
        "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
        "docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0\n"
    )
    assert subnets.routes_from_proc(text.splitlines()) == {
        NET("172.17.0.0/16"): "route of this host on docker0"
    }


def test_this_hosts_routes_can_be_read() -> None:
    assert all(isinstance(net, ipaddress.IPv4Network) for net in subnets.host_routes())

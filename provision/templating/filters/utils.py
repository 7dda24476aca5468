"""Filters of ansible.utils beside ipaddr and its like: networks, and paths through data."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import Environment, pass_environment

from provision.errors import TemplateError, did_you_mean
from provision.templating.filters import general
from provision.templating.filters.network import netaddr_package

_PLAIN = r"[A-Za-z_]\w*\Z"


def ip4_hex(arg: Any, delimiter: str = "") -> str:
    """An IPv4 address in hexadecimal digits."""
    return delimiter.join(f"{number:02x}" for number in _address(arg).packed)


def ipcut(value: Any, amount: int) -> str:
    """The first bits of an IPv6 address (the last, if ``amount`` is negative)."""
    digits = f"{int(_address(value)):0128b}"
    if abs(amount) > 128 or amount % 16:
        raise TemplateError(f"ipcut takes a multiple of 16 of at most 128 bits, not {amount}")
    bits = digits[:amount] if amount > 0 else digits[amount:]
    return ":".join(f"{int(bits[at : at + 16], 2):x}" for at in range(0, len(bits), 16))


def cidr_merge(value: Any, action: str = "merge") -> Any:
    """Networks joined to as few as possible; with ``span`` the one that spans all."""
    netaddr = netaddr_package()
    if action == "merge":
        return [str(each) for each in netaddr.cidr_merge(value)]
    if action == "span":
        return str(netaddr.spanning_cidr(value)) if len(value) > 1 else str(value[0])
    raise TemplateError(f"cidr_merge cannot '{action}'", hint="merge or span")


def network_in_network(value: Any, test: Any) -> bool:
    """Whether a network or address lies within the first, its edges included."""
    outer, inner = _network(value), _network(test)
    return bool(outer.version == inner.version and outer.supernet_of(inner))


def network_in_usable(value: Any, test: Any) -> bool:
    """The same, network and broadcast address excluded."""
    outer, inner = _network(value), _network(test)
    if outer.version != inner.version:
        return False
    first, last = _usable(outer)
    return bool(first <= inner[0] and inner[-1] <= last)


def reduce_on_network(value: Any, network: Any) -> list[Any]:
    """Those of a list that lie within a network."""
    return [each for each in value if network_in_network(network, each)]


def next_nth_usable(value: Any, offset: int) -> Any:
    """The address so many after that of an interface, if its network has it."""
    return _moved(value, offset)


def previous_nth_usable(value: Any, offset: int) -> Any:
    """The address so many before that of an interface, if its network has it."""
    return _moved(value, -offset)


def _moved(value: Any, offset: int) -> Any:
    try:
        interface = ipaddress.ip_interface(str(value))
        wanted = interface.ip + int(offset)
    except ValueError:
        return None
    first, last = _usable(interface.network)
    return str(wanted) if first <= wanted <= last else None


def usable_range(ip: Any) -> dict[str, Any]:
    """All addresses of a network (its edges too, as ansible.utils has it), and how many."""
    network = _network(ip)
    if network.num_addresses > 1 << 16:
        raise TemplateError(f"{network} has {network.num_addresses} addresses: too many to list")
    found = [str(each) for each in network]
    return {"usable_ips": found, "number_of_ips": len(found)}


def _address(value: Any) -> Any:
    try:
        return ipaddress.ip_interface(str(value)).ip
    except ValueError:
        raise TemplateError(f"'{value}' is no address") from None


def _network(value: Any) -> Any:
    try:
        return ipaddress.ip_network(str(value), strict=False)
    except ValueError:
        raise TemplateError(f"'{value}' is no network") from None


def _usable(network: Any) -> tuple[Any, Any]:
    edge = 1 if network.version == 4 and network.num_addresses > 2 else 0
    return network[edge], network[-1 - edge]


@pass_environment
def get_path(
    environment: Environment, var: Any, path: str, wantlist: bool = False, default: Any = None
) -> Any:
    """What lies at a path such as ``a.b[0]['c d']``."""
    found = environment.compile_expression(f"var.{path}" if path[0] != "[" else f"var{path}")(
        var=var
    )
    return [found] if wantlist and not isinstance(found, list) else found


def to_paths(var: Any, prepend: str | None = None, wantlist: bool = False) -> Any:
    """Nested data as a flat mapping of paths to values."""
    found: dict[str, Any] = {}

    def walk(value: Any, path: str) -> None:
        if isinstance(value, Mapping) and value:
            for key, inner in value.items():
                plain = isinstance(key, str) and re.match(_PLAIN, key)
                step = (f".{key}" if path else key) if plain else f"[{key!r}]"
                walk(inner, path + str(step))
        elif isinstance(value, list) and value:
            for number, inner in enumerate(value):
                walk(inner, f"{path}[{number}]")
        else:
            found[path] = value

    walk(var, prepend or "")
    return [found] if wantlist else found


@pass_environment
def index_of(
    environment: Environment,
    data: list[Any],
    test: str,
    value: Any = None,
    key: Any = None,
    fail_on_missing: bool = False,
    wantlist: bool = False,
) -> Any:
    """Where in a list something passes a test; a list if that is so at several places.

    Parameters:
        test: a jinja test: ``eq``, ``match``, ``defined``, ...
        key: look at this key of mappings.
    """
    if test not in environment.tests:
        raise TemplateError(
            f"there is no test '{test}'", hint=did_you_mean(test, environment.tests)
        )
    arguments = [] if value is None else [value]
    places: list[int] = []
    for number, each in enumerate(data):
        if key is not None and not (isinstance(each, Mapping) and key in each):
            if fail_on_missing:
                raise TemplateError(f"item {number} of index_of has no '{key}'")
            continue
        tried = each if key is None else each[key]
        if environment.call_test(test, tried, arguments):
            places.append(number)
    return places[0] if len(places) == 1 and not wantlist else places


def _deep(change: Callable[[dict[Any, Any]], dict[Any, Any]], data: Any) -> Any:
    if isinstance(data, Mapping):
        return change({key: _deep(change, value) for key, value in data.items()})
    return [_deep(change, each) for each in data] if isinstance(data, list) else data


def remove_keys(data: Any, target: Any, matching_parameter: str = "equality") -> Any:
    """Nested data without the keys that match."""
    how = general.MATCHING[matching_parameter]
    return _deep(lambda each: general.remove_keys([each], target, how)[0], data)


def replace_keys(data: Any, target: Any, matching_parameter: str = "equality") -> Any:
    """Nested data with keys renamed: ``target`` is a list of {before, after}."""
    how = general.MATCHING[matching_parameter]
    return _deep(lambda each: general.replace_keys([each], target, how)[0], data)


UTILS: dict[str, Callable[..., Any]] = {
    "cidr_merge": cidr_merge,
    "get_path": get_path,
    "index_of": index_of,
    "ip4_hex": ip4_hex,
    "ipcut": ipcut,
    "network_in_network": network_in_network,
    "network_in_usable": network_in_usable,
    "next_nth_usable": next_nth_usable,
    "previous_nth_usable": previous_nth_usable,
    "reduce_on_network": reduce_on_network,
    "remove_keys": remove_keys,
    "replace_keys": replace_keys,
    "to_paths": to_paths,
    "usable_range": usable_range,
}

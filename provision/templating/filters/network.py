"""URLs and addresses. The address filters need the Python package netaddr."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote_plus, urlsplit

from provision.errors import TemplateError, did_you_mean

_PARTS = (
    *("scheme", "netloc", "path", "query", "fragment"),
    *("username", "password", "hostname", "port"),
)


def split_url(value: Any, query: str = "") -> Any:
    """The parts of a URL as a mapping, or one of them."""
    try:
        parts = urlsplit(str(value))
        found = {name: getattr(parts, name) for name in _PARTS}
    except ValueError as error:
        raise TemplateError(f"'{value}' is not a URL: {error}") from None
    if not query:
        return found
    if query not in found:
        raise TemplateError(
            f"a URL has no part '{query}'", hint=did_you_mean(query, _PARTS) or ", ".join(_PARTS)
        )
    return found[query]


def urldecode(value: Any) -> str:
    """The text that a URL-encoded text stands for."""
    return unquote_plus(str(value))


def netaddr_package() -> Any:
    """The package netaddr. Raises TemplateError where it is not installed."""
    try:
        import netaddr  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise TemplateError(
            "address filters need the Python package netaddr", hint="pip install netaddr"
        ) from None
    return netaddr


def ipaddr(value: Any, query: Any = "", version: int | None = None) -> Any:
    """An address or network if it is one, or what is asked about it; False if it is none.

    Parameters:
        value: text, or a list of texts, of which those that fit are given.
        query: "", address, network, netmask, prefix, broadcast, size, host, net, subnet, ipv4,
            ipv6, private, public, loopback, link-local, multicast, wildcard, first_usable,
            last_usable, revdns, int, type, a number (that address of the network), or a network
            (whether it contains the value).
    """
    netaddr = netaddr_package()
    if isinstance(value, list | tuple):
        each = (ipaddr(item, query, version) for item in value)
        return [found for found in each if found is not False and found is not None]
    if value is None or isinstance(value, bool) or value == "":
        return False
    try:
        given = netaddr.IPNetwork(value if isinstance(value, int) else str(value).strip())
    except (netaddr.AddrFormatError, ValueError, TypeError):
        return False
    if version and given.version != version:
        return False
    has_prefix = "/" in str(value)
    return _query(netaddr, given, has_prefix, str(value), query)


def _query(netaddr: Any, given: Any, has_prefix: bool, text: str, query: Any) -> Any:
    if query in ("", None):
        return text
    if isinstance(query, int) or str(query).lstrip("-").isdigit():
        try:
            return f"{given[int(query)]}/{given.prefixlen}"
        except IndexError:
            return False
    fields: dict[str, Callable[[], Any]] = {
        "address": lambda: str(given.ip),
        "ip": lambda: str(given.ip),
        "network": lambda: str(given.network),
        "netmask": lambda: str(given.netmask),
        "hostmask": lambda: str(given.hostmask),
        "wildcard": lambda: str(given.hostmask),
        "prefix": lambda: given.prefixlen,
        "broadcast": lambda: str(given.broadcast) if given.broadcast else False,
        "size": lambda: given.size,
        "subnet": lambda: str(given.cidr),
        "cidr": lambda: str(given),
        "host": lambda: str(given) if given.size == 1 or given.ip != given.network else False,
        "net": lambda: str(given) if given.size > 1 and given.ip == given.network else False,
        "host/prefix": lambda: str(given) if given.ip != given.network else False,
        "network/prefix": lambda: str(given.cidr),
        "ip/prefix": lambda: str(given) if given.ip != given.network else False,
        "revdns": lambda: given.ip.reverse_dns,
        "int": lambda: int(given.ip),
        "version": lambda: given.version,
        "type": lambda: "network" if has_prefix and given.ip == given.network else "address",
        "first_usable": lambda: str(_usable(given)[0]) if given.size > 1 else False,
        "last_usable": lambda: str(_usable(given)[1]) if given.size > 1 else False,
        "range_usable": lambda: "-".join(map(str, _usable(given))) if given.size > 1 else False,
    }
    if query in fields:
        return fields[query]()
    kinds: dict[str, Callable[[], Any]] = {
        "ipv4": lambda: given.version == 4,
        "ipv6": lambda: given.version == 6,
        "private": lambda: _is_private(given.ip),
        "public": lambda: not _is_private(given.ip) and given.ip.is_unicast(),
        "loopback": given.ip.is_loopback,
        "link-local": given.ip.is_link_local,
        "multicast": given.ip.is_multicast,
        "unicast": given.ip.is_unicast,
    }
    if query in kinds:
        return text if kinds[query]() else False
    try:
        around = netaddr.IPNetwork(str(query))
    except (netaddr.AddrFormatError, ValueError):
        known = [*fields, *kinds]
        raise TemplateError(
            f"ipaddr cannot be asked for '{query}'", hint=did_you_mean(str(query), known)
        ) from None
    return text if given in around else False


def _usable(network: Any) -> tuple[Any, Any]:
    edge = 1 if network.version == 4 and network.size > 2 else 0
    return network[edge], network[-1 - edge]


def _is_private(address: Any) -> bool:
    import ipaddress

    return ipaddress.ip_address(str(address)).is_private


def ipv4(value: Any, query: Any = "") -> Any:
    """As ipaddr, IPv4 only."""
    return ipaddr(value, query, 4)


def ipv6(value: Any, query: Any = "") -> Any:
    """As ipaddr, IPv6 only."""
    return ipaddr(value, query, 6)


def ipwrap(value: Any, query: Any = "") -> Any:
    """IPv6 addresses in brackets, everything else as it is."""
    if isinstance(value, list | tuple):
        return [ipwrap(each, query) for each in value]
    if ipaddr(value, query, 6) is False:
        return value
    address, slash, prefix = str(value).partition("/")
    return f"[{address}]{slash}{prefix}"


def ipsubnet(value: Any, query: Any = "", index: int | None = None) -> Any:
    """Subnets of a network: how many of a prefix there are, or that of an index."""
    netaddr = netaddr_package()
    try:
        network = netaddr.IPNetwork(str(value))
    except (netaddr.AddrFormatError, ValueError):
        return False
    if query == "":
        return str(network.cidr)
    length = int(query)
    if length < network.prefixlen:
        return str(network.supernet(length)[0]) if index is None else False
    if index is None:
        return str(2 ** (length - network.prefixlen))
    count = 2 ** (length - network.prefixlen)
    wanted = int(index) + (count if int(index) < 0 else 0)
    if not 0 <= wanted < count:
        return False
    width = 32 if network.version == 4 else 128
    first = int(network.cidr.first) + wanted * 2 ** (width - length)
    return f"{netaddr.IPAddress(first, network.version)}/{length}"


def ipmath(value: Any, amount: int) -> str:
    """An address so many after (or before) another."""
    netaddr = netaddr_package()
    try:
        return str(netaddr.IPNetwork(str(value)).ip + int(amount))
    except (netaddr.AddrFormatError, ValueError, IndexError) as error:
        raise TemplateError(f"ipmath of '{value}': {error}") from None


def nthhost(value: Any, query: Any = "") -> Any:
    """The address of a number within a network."""
    netaddr = netaddr_package()
    try:
        return str(netaddr.IPNetwork(str(value))[int(query)])
    except (netaddr.AddrFormatError, ValueError, IndexError):
        return False


def hwaddr(value: Any, query: str = "") -> Any:
    """A hardware address in the asked notation (unix, linux, cisco, bare); False if none."""
    netaddr = netaddr_package()
    dialects = {
        "": None,
        "bare": netaddr.mac_bare,
        "cisco": netaddr.mac_cisco,
        "eui48": netaddr.mac_eui48,
        "linux": netaddr.mac_unix_expanded,
        "pgsql": netaddr.mac_pgsql,
        "unix": netaddr.mac_unix,
        "win": netaddr.mac_eui48,
    }
    if query not in dialects and query != "bool":
        raise TemplateError(f"hwaddr cannot be asked for '{query}'", hint=", ".join(dialects))
    try:
        address = netaddr.EUI(str(value))
    except (netaddr.AddrFormatError, ValueError):
        return False
    if query == "bool":
        return True
    if not query:
        return value
    address.dialect = dialects[query]
    return str(address)


NETWORK: dict[str, Callable[..., Any]] = {
    "urlsplit": split_url,
    "urldecode": urldecode,
    "ipaddr": ipaddr,
    "ipv4": ipv4,
    "ipv6": ipv6,
    "ipwrap": ipwrap,
    "ipsubnet": ipsubnet,
    "ipmath": ipmath,
    "nthhost": nthhost,
    "hwaddr": hwaddr,
    "macaddr": hwaddr,
}

"""Addresses and local routes of this machine, asked of the kernel.

The only interface that shows an interface's second IPv4 address; see rtnetlink(7).
"""

from __future__ import annotations

import socket
import struct
from typing import Dict, Iterator, List, NamedTuple, Tuple

RTM_NEWADDR, RTM_GETADDR = 20, 22
RTM_NEWROUTE, RTM_GETROUTE = 24, 26
RTN_LOCAL, RTA_DST, RT_TABLE_LOCAL = 2, 1, 255
NLMSG_ERROR, NLMSG_DONE = 2, 3
NLM_F_REQUEST, NLM_F_DUMP = 1, 0x300
IFA_ADDRESS, IFA_LOCAL, IFA_BROADCAST = 1, 2, 4
SCOPES = {0: "global", 200: "site", 253: "link", 254: "host"}
_HEADER = struct.Struct("=IHHII")
_ADDRESS = struct.Struct("=BBBBI")
_ROUTE = struct.Struct("=BBBBBBBBI")
_ATTRIBUTE = struct.Struct("=HH")


class Address(NamedTuple):
    interface: str
    version: int
    text: str
    prefix: int
    scope: str
    broadcast: str


def addresses() -> List[Address]:
    """Empty where the kernel or a sandbox does not let us ask."""
    body = _ADDRESS.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    return [
        address for message in _dump(RTM_GETADDR, RTM_NEWADDR, body) for address in _parse(message)
    ]


def local_networks() -> Dict[str, List[str]]:
    """What the kernel takes for this machine itself, by version: addresses and networks."""
    found: Dict[str, List[str]] = {"ipv4": [], "ipv6": []}
    for version, family, bits in (("ipv4", socket.AF_INET, 32), ("ipv6", socket.AF_INET6, 128)):
        body = _ROUTE.pack(family, 0, 0, 0, 0, 0, 0, 0, 0)
        for message in _dump(RTM_GETROUTE, RTM_NEWROUTE, body):
            _, length, _, _, table, _, _, kind, _ = _ROUTE.unpack_from(message)
            raw = dict(_attributes(message[_ROUTE.size :])).get(RTA_DST)
            if table == RT_TABLE_LOCAL and kind == RTN_LOCAL and raw:
                text = socket.inet_ntop(family, raw)
                found[version].append(text if length == bits else f"{text}/{length}")
    return found


def _dump(request: int, reply: int, body: bytes) -> List[bytes]:
    """The bodies of the kernel's answers of one kind; none where it may not be asked."""
    try:
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0) as link:
            link.settimeout(1.0)
            link.bind((0, 0))
            flags = NLM_F_REQUEST | NLM_F_DUMP
            link.send(_HEADER.pack(_HEADER.size + len(body), request, flags, 1, 0) + body)
            return list(_replies(link, reply))
    except OSError:
        return []


def _replies(link: socket.socket, wanted: int) -> Iterator[bytes]:
    while True:
        data = link.recv(65536)
        offset = 0
        while offset + _HEADER.size <= len(data):
            length, kind = _HEADER.unpack_from(data, offset)[:2]
            if kind in (NLMSG_DONE, NLMSG_ERROR) or length < _HEADER.size:
                return
            if kind == wanted:
                yield data[offset + _HEADER.size : offset + length]
            offset += (length + 3) & ~3


def _parse(message: bytes) -> Iterator[Address]:
    family, prefix, _, scope, index = _ADDRESS.unpack_from(message)
    if family not in (socket.AF_INET, socket.AF_INET6):
        return
    found = dict(_attributes(message[_ADDRESS.size :]))
    raw = found.get(IFA_LOCAL) or found.get(IFA_ADDRESS)
    try:
        interface = socket.if_indextoname(index)
    except OSError:
        return
    if raw is None:
        return
    broadcast = found.get(IFA_BROADCAST)
    yield Address(
        interface,
        4 if family == socket.AF_INET else 6,
        socket.inet_ntop(family, raw),
        prefix,
        SCOPES.get(scope, "unknown"),
        socket.inet_ntop(family, broadcast) if broadcast else "",
    )


def _attributes(data: bytes) -> Iterator[Tuple[int, bytes]]:
    offset = 0
    while offset + _ATTRIBUTE.size <= len(data):
        length, kind = _ATTRIBUTE.unpack_from(data, offset)
        if length < _ATTRIBUTE.size:
            return
        yield kind, data[offset + _ATTRIBUTE.size : offset + length]
        offset += (length + 3) & ~3

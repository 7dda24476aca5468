"""Servers that somebody else made: adopted, never powered off, never destroyed."""

from __future__ import annotations

import dataclasses
import ipaddress
import json
import socket
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from provision.errors import MachineError, UsageError, did_you_mean
from provision.machines.driver import (
    ClusterSpec,
    Endpoint,
    Machine,
    MachineSpec,
    MachineState,
    Progress,
)
from provision.machines.ssh_greeting import fingerprint, shown_key, silence

MACHINE_OPTIONS: Mapping[str, str] = {
    "address": "host name or IP address",
    "user": "whom to log in as; default root",
    "port": "SSH's port; default 22",
    "key": "private key file; default: what ssh would use",
    "fingerprint": "SHA256:... that the host key must have; default: pinned on first use",
    "host-key": "TYPE BASE64, to pin without asking the server",
    "cluster-address": "the address other nodes know it by; default: the address",
    "jump": "jump hosts, [user@]host[:port], separated by commas",
}
"""What a server's MachineSpec.options may hold."""

_OURS = "provision did not make this server, so it does not {verb}"


class StaticDriver:
    """Existing servers, each described by its machine's options.

    Parameters:
        options: none are known; the machines' own say everything.

    Raises:
        UsageError: an option was given.
    """

    name = "static"

    def __init__(self, options: Mapping[str, str] = {}) -> None:
        for key in options:
            raise UsageError(f"the static driver has no option {key!r}")
        self._lock = threading.Lock()

    def check(self) -> list[str]:
        return []

    def prepare(self, cluster: ClusterSpec, specs: Sequence[MachineSpec], say: Progress) -> None:
        users: dict[tuple[str, int], str] = {}
        for spec in specs:
            server = _server(spec)
            place = (server.address, server.port)
            if other := users.get(place):
                raise UsageError(
                    f"{other} and {spec.name} are the same server: {server.address}:{server.port}"
                )
            users[place] = spec.name

    def create(self, cluster: ClusterSpec, spec: MachineSpec, say: Progress) -> Endpoint:
        """Adopt a server: look at its host key, pin it, remember how to reach it.

        Raises:
            MachineError: nobody answers, or the key is not the one that was said or pinned.
        """
        server = _server(spec)
        known = self._read(cluster).get(spec.name)
        keys = known.host_keys if known and _same_place(known, server) else ()
        if keys and _another_key_was_said(spec, keys):
            keys = ()  # it was reinstalled
        if not keys:
            key = self._pin(spec, server, say)
            if known and key not in known.host_keys and not _key_was_said(spec):
                raise MachineError(
                    f"{server.address}:{server.port} shows the host key {fingerprint(key)}, "
                    f"{known.address} had {fingerprint(known.host_keys[0])}: another server",
                    host=spec.name,
                    hint="if it is meant to be: say its key with --fingerprint",
                )
            keys = (key,)
        endpoint = dataclasses.replace(server, host_keys=keys)
        self._write(cluster, spec.name, (spec.index, endpoint))
        return endpoint

    def remember(self, cluster: ClusterSpec, name: str, index: int, endpoint: Endpoint) -> None:
        """Adopt a server without asking it: how it is reached and its keys are known."""
        self._write(cluster, name, (index, endpoint))

    def machines(self, cluster: ClusterSpec) -> list[Machine]:
        found = []
        for name, (index, endpoint) in self._entries(cluster).items():
            silent = None if endpoint.jump_hosts else silence(endpoint.address, endpoint.port)
            state = MachineState.BROKEN if silent else MachineState.RUNNING
            detail = f"no SSH at {endpoint.address}:{endpoint.port}: {silent}" if silent else ""
            found.append(Machine(name, index, state, self.name, detail=detail))
        return sorted(found, key=lambda machine: machine.index)

    def subnet(self, cluster: ClusterSpec) -> str | None:
        return None

    def endpoint(self, cluster: ClusterSpec, name: str) -> Endpoint:
        endpoint = self._read(cluster).get(name)
        if endpoint is None:
            raise MachineError(f"{name} is not known", host=name, hint="run `provision up`")
        return endpoint

    def start(self, cluster: ClusterSpec, name: str) -> Endpoint:
        endpoint = self.endpoint(cluster, name)
        silent = None if endpoint.jump_hosts else silence(endpoint.address, endpoint.port)
        if silent:
            raise MachineError(
                f"{name} does not answer at {endpoint.address}:{endpoint.port}: {silent}; "
                + _OURS.format(verb="power it on"),
                host=name,
                hint="switch it on where it is managed",
            )
        return endpoint

    def stop(self, cluster: ClusterSpec, name: str, *, kill: bool = False) -> None:
        self.endpoint(cluster, name)
        raise UsageError(
            _OURS.format(verb="power it off"),
            host=name,
            hint=f"to do it all the same: provision machine ssh {name} systemctl poweroff",
        )

    def destroy(self, cluster: ClusterSpec, name: str) -> None:
        """Forget the server; what is on it stays."""
        self._write(cluster, name, None)

    def cleanup(self, cluster: ClusterSpec) -> None:
        """Nothing is shared."""

    def logs(self, cluster: ClusterSpec, name: str, lines: int = 20) -> str:
        return "its boot log is where the server is managed"

    def _pin(self, spec: MachineSpec, server: Endpoint, say: Progress) -> str:
        if given := spec.options.get("host-key"):
            return " ".join(given.split()[:2])
        wanted = spec.options.get("fingerprint")
        if server.jump_hosts:
            raise UsageError(
                "a server behind a jump host cannot be asked for its key from here",
                host=spec.name,
                hint="reach it once with ssh, then say its key with the option host-key",
            )
        try:
            key = shown_key(server.address, server.port)
        except OSError as error:
            raise MachineError(
                f"no SSH server at {server.address}:{server.port}: {error}",
                host=spec.name,
                hint="is the address right, is it on, does a firewall let port "
                f"{server.port} through? Then run the same command again",
            ) from error
        found = fingerprint(key)
        if wanted and wanted.removeprefix("SHA256:") != found.removeprefix("SHA256:"):
            raise MachineError(
                f"{server.address}:{server.port} shows the host key {found}, "
                f"not {wanted}: this is another server, or somebody is in between",
                host=spec.name,
                hint="nothing was sent to it",
            )
        how = "as you said" if wanted else "pinned on first use; compare it with the server's own"
        say(spec.name, f"host key {key.split()[0]} {found} ({how})")
        return key

    def _read(self, cluster: ClusterSpec) -> dict[str, Endpoint]:
        return {name: endpoint for name, (_, endpoint) in self._entries(cluster).items()}

    def _entries(self, cluster: ClusterSpec) -> dict[str, tuple[int, Endpoint]]:
        try:
            document = json.loads(_file(cluster).read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {name: (entry.pop("index"), _endpoint(entry)) for name, entry in document.items()}

    def _write(self, cluster: ClusterSpec, name: str, entry: tuple[int, Endpoint] | None) -> None:
        with self._lock:
            entries = self._entries(cluster)
            entries.pop(name, None)
            if entry is not None:
                entries[name] = entry
            document = {
                name: {"index": index, **dataclasses.asdict(endpoint)}
                for name, (index, endpoint) in entries.items()
            }
            file = _file(cluster)
            temporary = file.with_name(f".{file.name}.new")
            temporary.touch(mode=0o600)
            temporary.write_text(json.dumps(document, indent=2, default=str) + "\n")
            temporary.replace(file)


def _file(cluster: ClusterSpec) -> Path:
    return cluster.directory / "servers.json"


def _endpoint(document: Mapping[str, Any]) -> Endpoint:
    values = dict(document)
    values["key_file"] = Path(values["key_file"]) if values.get("key_file") else None
    for name in ("host_keys", "jump_hosts"):
        values[name] = tuple(values[name])
    return Endpoint(**values)


def _key_was_said(spec: MachineSpec) -> bool:
    return bool(spec.options.get("fingerprint") or spec.options.get("host-key"))


def _another_key_was_said(spec: MachineSpec, keys: Sequence[str]) -> bool:
    said = spec.options.get("fingerprint")
    known = {fingerprint(key).removeprefix("SHA256:") for key in keys}
    if said and said.removeprefix("SHA256:") not in known:
        return True
    whole = spec.options.get("host-key")
    return bool(whole) and whole not in keys


def _same_place(one: Endpoint, other: Endpoint) -> bool:
    return (one.address, one.port) == (other.address, other.port)


def _server(spec: MachineSpec) -> Endpoint:
    """How a machine's options say it is reached; host keys are not known yet.

    Raises:
        UsageError: an unknown option, no address, a name that does not resolve, a missing key.
    """
    options = spec.options
    for key in options:
        if key not in MACHINE_OPTIONS:
            raise UsageError(
                f"a static machine has no option {key!r}",
                host=spec.name,
                hint=did_you_mean(key, MACHINE_OPTIONS) or f"it has: {', '.join(MACHINE_OPTIONS)}",
            )
    address = options.get("address")
    if not address:
        raise UsageError(
            "where is the server? Its address is missing",
            host=spec.name,
            hint="`provision machine create --driver static --ip ADDRESS NAME`, or "
            "`provision up --driver static --servers INVENTORY`",
        )
    key_file = Path(options["key"]).expanduser().absolute() if options.get("key") else None
    if key_file is not None and not key_file.is_file():
        raise UsageError(f"there is no private key {key_file}", host=spec.name)
    return Endpoint(
        address=address,
        user=options.get("user") or "root",
        port=int(options.get("port") or 22),
        key_file=key_file,
        cluster_address=options.get("cluster-address") or _numeric(address, spec.name),
        jump_hosts=tuple(filter(None, options.get("jump", "").split(","))),
    )


def _numeric(address: str, name: str) -> str:
    """Swarm and Consul advertise addresses, not names."""
    try:
        return str(ipaddress.ip_address(address))
    except ValueError:
        pass
    try:
        return str(socket.getaddrinfo(address, None, socket.AF_INET)[0][4][0])
    except OSError as error:
        raise UsageError(
            f"the name {address} has no IPv4 address: {error}",
            host=name,
            hint="give an address, or the one other nodes use with cluster-address",
        ) from error

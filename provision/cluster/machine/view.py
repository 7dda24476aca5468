"""What `machine ls`, `status` and `inspect` show."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.engine_address import engine_url
from provision.cluster.engines import answer_over_tls
from provision.cluster.machine.docker_context import context_name
from provision.cluster.machine.found import Found, host_vars
from provision.errors import ProvisionError, UsageError, did_you_mean
from provision.machines.driver import MachineState

FILTERS = ("driver", "state", "name", "label", "cluster")

STATES = {
    MachineState.RUNNING: "Running",
    MachineState.STOPPED: "Stopped",
    MachineState.BROKEN: "Error",
    MachineState.ABSENT: "Not Found",
}
"""docker-machine's words."""


@dataclass(frozen=True, slots=True)
class Row:
    """One machine, in the fields that docker-machine's templates know (and Cluster).

    Swarm and ActiveSwarm are of classic Swarm, which is gone: empty and false.
    """

    Name: str
    Active: str
    ActiveHost: bool
    DriverName: str
    State: str
    URL: str
    Cluster: str
    DockerVersion: str
    Error: str
    ResponseTime: str = ""
    Swarm: str = ""
    ActiveSwarm: bool = False

    def fields(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def is_active(found: Found, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether this shell's docker talks to the machine."""
    if host := environment.get("DOCKER_HOST"):
        return host == engine_url(found.endpoint)
    return environment.get("DOCKER_CONTEXT") == context_name(found)


def state(found: Found) -> tuple[str, str]:
    """docker-machine's word for its state, and what is to say about it."""
    machine = found.machine()
    return STATES[machine.state], machine.detail


def rows(machines: Sequence[Found], *, timeout: float) -> list[Row]:
    """Each machine's row, asked in parallel.

    Parameters:
        timeout: seconds for each engine.
    """
    if not machines:
        return []
    clusters = {found.cluster.name: found.cluster for found in machines}
    with ThreadPoolExecutor(min(len(machines), 16)) as pool:
        seen = dict(pool.map(_states, clusters.values()))
        return list(
            pool.map(lambda found: _row(found, seen[found.cluster.name], timeout), machines)
        )


def _states(cluster: Cluster) -> tuple[str, dict[str, tuple[str, str]]]:
    try:
        found = cluster.driver.machines(cluster.spec)
    except ProvisionError as error:
        return cluster.name, dict.fromkeys(cluster.endpoints, ("Error", error.message))
    return cluster.name, {m.name: (STATES[m.state], m.detail) for m in found}


def _row(found: Found, states: Mapping[str, tuple[str, str]], timeout: float) -> Row:
    word, detail = states.get(found.name, (STATES[MachineState.ABSENT], "it is gone"))
    active = is_active(found)
    version, problem, began = "Unknown", detail, time.monotonic()
    if word == "Running":
        try:
            said = answer_over_tls(found.cluster, found.name, "/version", timeout)
            version = f"v{said['Version']}"
        except ProvisionError as error:
            problem = error.message
    return Row(
        Name=found.name,
        Active="*" if active else "-",
        ActiveHost=active,
        DriverName=found.driver,
        State=word,
        URL=engine_url(found.endpoint) if word == "Running" else "",
        Cluster=found.cluster.name,
        DockerVersion=version,
        Error=problem,
        ResponseTime=f"{(time.monotonic() - began) * 1000:.0f}ms" if word == "Running" else "",
    )


def filtered(
    machines: Iterable[Found], filters: Sequence[str], states: Mapping[str, str] | None = None
) -> list[Found]:
    """The machines that pass: several values of one key are alternatives, keys must all hold.

    Parameters:
        filters: ``key=value``; ``name`` is a regular expression.

    Raises:
        UsageError: an unknown key or a bad expression.
    """
    wanted: dict[str, list[str]] = {}
    for text in filters:
        key, equals, value = text.partition("=")
        if key == "swarm":
            raise UsageError(
                "machines are not filtered by swarm: classic Swarm is gone",
                hint="--filter cluster=NAME; `provision status` shows a cluster's swarm",
            )
        if not equals or key not in FILTERS:
            raise UsageError(
                f"there is no filter {text!r}",
                hint=did_you_mean(key, FILTERS) or f"key=value with {', '.join(FILTERS)}",
            )
        if key == "name":
            _expression(value)
        wanted.setdefault(key, []).append(value)
    return [found for found in machines if all(_passes(found, k, v) for k, v in wanted.items())]


def _passes(found: Found, key: str, values: Sequence[str]) -> bool:
    if key == "name":
        return any(_expression(value).search(found.name) for value in values)
    if key == "label":
        return bool(
            set(values)
            & set(engine_variables(found).get("docker_daemon_options", {}).get("labels", []))
        )
    if key == "state":
        return state(found)[0].lower() in [value.lower() for value in values]
    return {"driver": found.driver, "cluster": found.cluster.name}[key] in values


def _expression(text: str) -> re.Pattern[str]:
    try:
        return re.compile(text)
    except re.error as error:
        raise UsageError(f"name={text!r} is not a regular expression: {error}") from None


def engine_variables(found: Found) -> dict[str, Any]:
    """What was said of this machine's engine when it was created."""
    path = host_vars(found.cluster.store, found.name)
    try:
        return dict(yaml.safe_load(path.read_text(encoding="utf-8")) or {})
    except FileNotFoundError:
        return {}


def inspection(found: Found) -> dict[str, Any]:
    """All that is known, in docker-machine's layout as far as there is the like."""
    endpoint, files = found.endpoint, tls.TlsFiles.of(found.cluster.store)
    spec = next(s for s in found.cluster.shape.specs(found.cluster.name) if s.name == found.name)
    machine = found.machine()
    certificate, key = files.server(found.name)
    adopted = found.driver == "static"
    known = {expiry.what: expiry for expiry in tls.expiries(found.cluster)}
    own = known.get(found.name)
    return {
        "Name": found.name,
        "Cluster": found.cluster.name,
        "DriverName": found.driver,
        "State": STATES[machine.state],
        "Detail": machine.detail,
        "URL": engine_url(endpoint),
        "Driver": {
            "MachineName": found.name,
            "IPAddress": endpoint.address,
            "ClusterAddress": endpoint.cluster_address,
            "SSHUser": endpoint.user,
            "SSHPort": endpoint.port,
            "SSHKeyPath": str(endpoint.key_file or ""),
            "HostKeys": list(endpoint.host_keys),
            "CPU": None if adopted else spec.cpus,
            "Memory": None if adopted else spec.memory,
            "DiskSize": spec.disk,
            "Image": spec.image,
        },
        "HostOptions": {
            "EngineOptions": engine_variables(found),
            "AuthOptions": {
                "CaCertPath": str(files.authority[0]),
                "CaPrivateKeyPath": str(files.authority[1]),
                "ClientCertPath": str(files.client[0]),
                "ClientKeyPath": str(files.client[1]),
                "ServerCertPath": str(certificate),
                "ServerKeyPath": str(key),
                "ServerCertSANs": tls.server_names(found.cluster, found.name),
                "ServerCertDaysLeft": int(own.days) if own else None,
                "StorePath": str(Path(files.directory)),
            },
        },
    }

"""`provision machine create`: one machine with Docker on it, beside others of its cluster."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from provision.cluster import tls
from provision.cluster.cluster import Cluster
from provision.cluster.creation import create_missing, prepare
from provision.cluster.machine.found import Found, host_vars
from provision.cluster.named import FIRST_NAMED, Named
from provision.cluster.plays import run_playbooks
from provision.cluster.shape import Shape
from provision.engine.events import Subscriber
from provision.errors import UsageError
from provision.machines.driver import Progress
from provision.machines.registry import choose_driver
from provision.machines.store import ClusterState, ClusterStore

_HOST_NAME = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A machine as asked for.

    Parameters:
        driver: None or ``auto`` for the cluster's own.
        cpus, memory, disk: a number, MiB, GiB; None for what the driver gives.
        options: the driver's, of this machine.
        tls_sans: further names and addresses of its certificate.
        engine: variables of role docker, for this machine.
        rename: make the name the server's host name too.
    """

    name: str
    driver: str | None = None
    cpus: float | None = None
    memory: int | None = None
    disk: int | None = None
    image: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    tls_sans: Sequence[str] = ()
    engine: Mapping[str, Any] = field(default_factory=dict)
    rename: bool = True


@dataclass(frozen=True, slots=True)
class Created:
    """``exit_code`` is that of the play which installs Docker."""

    found: Found
    exit_code: int


def create(
    workspace: Path,
    cluster_name: str,
    wanted: Wanted,
    *,
    say: Progress,
    subscribers: Sequence[Subscriber] = (),
) -> Created:
    """Make or adopt the machine and install Docker, with TLS; run again it completes or mends it.

    Raises:
        UsageError: the name is taken or impossible, or the machine exists in another size.
        MachineError: it could not be made; the same command again goes on.
    """
    if not _HOST_NAME.fullmatch(wanted.name):
        raise UsageError(
            f"a machine cannot be named {wanted.name!r}",
            hint="lower-case letters, digits and inner hyphens, at most 63: it is a host name",
        )
    store = ClusterStore(workspace, cluster_name)
    with store.lock():
        cluster = _declare(store, wanted, say)
        specs = [spec for spec in cluster.shape.specs(cluster.name) if spec.name == wanted.name]
        prepare(cluster, specs, say)
        create_missing(cluster, specs, say)
        tls.ensure(cluster)
        if wanted.engine:
            store.write_file(host_vars(store, wanted.name), yaml.safe_dump(dict(wanted.engine)))
        found = Found(cluster, wanted.name)
        plays = ["hostname", "docker"] if found.driver == "static" and wanted.rename else ["docker"]
        run = run_playbooks(cluster, plays, subscribers=subscribers, limit=[wanted.name])
    return Created(found, run.exit_code)


def _declare(store: ClusterStore, wanted: Wanted, say: Progress) -> Cluster:
    state = store.read()
    before = Shape(**state.shape) if state is not None else None
    entry = _entry(state, before, wanted, say)
    if before is None:
        shape = Shape(nodes=0, managers=1, named=(entry,))
    else:
        others = [each for each in before.named if each.name != entry.name]
        named = sorted([*others, entry], key=lambda each: each.index)
        shape = dataclasses.replace(before, named=tuple(named))
    main = state.driver if state is not None else entry.driver
    options = state.driver_options if state is not None else {}
    return Cluster.declared(store, state, shape, main, options, asked=entry.driver)


def _entry(
    state: ClusterState | None, before: Shape | None, wanted: Wanted, say: Progress
) -> Named:
    named = {entry.name: entry for entry in before.named} if before else {}
    if before and state and wanted.name not in named:
        counted = [spec.name for spec in before.specs(state.cluster)]
        if wanted.name in counted:
            raise UsageError(
                f"'{wanted.name}' is one of the cluster's counted nodes", hint="`provision up`"
            )
    known = named.get(wanted.name)
    exists = known is not None and state is not None and wanted.name in state.machines
    said = {
        key: value
        for key in ("cpus", "memory", "disk", "image")
        if (value := getattr(wanted, key)) is not None
    }
    driver = wanted.driver if wanted.driver not in (None, "auto") else None
    if known is not None and exists:
        _refuse_other(known, said, driver)
        changes = {**said, "options": {**known.options, **wanted.options}}
        if wanted.tls_sans:
            changes["tls_sans"] = tuple(wanted.tls_sans)
        return dataclasses.replace(known, **changes)
    if driver is None and state is not None and state.driver != "static":
        driver = state.driver
    if driver is None:
        driver, why = choose_driver()
        say("", f"driver {driver}: {why}")
    taken = {entry.index for entry in named.values()}
    index = next(n for n in range(FIRST_NAMED, FIRST_NAMED + len(taken) + 1) if n not in taken)
    return Named(
        name=wanted.name,
        index=known.index if known else index,
        driver=driver,
        options=dict(wanted.options),
        tls_sans=tuple(wanted.tls_sans),
        **said,
    )


def _refuse_other(known: Named, said: Mapping[str, Any], driver: str | None) -> None:
    changed = [key for key, value in said.items() if getattr(known, key) != value]
    if driver is not None and driver != known.driver:
        changed.append("driver")
    if changed:
        raise UsageError(
            f"machine '{known.name}' exists with another {' and '.join(changed)}",
            hint=f"another name, or `provision machine rm {known.name}` first",
        )

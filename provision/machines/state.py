"""A cluster's state as values, and as JSON."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from provision.machines.driver import Endpoint, MachineSpec

VERSION = 1
"""Of the file's layout; a reader refuses a later one."""


@dataclass(frozen=True, slots=True)
class MachineRecord:
    """A machine as it was made, and how it was reached then."""

    spec: MachineSpec
    endpoint: Endpoint


@dataclass(frozen=True, slots=True)
class ClusterState:
    """All that is remembered of a cluster. The truth is the machines.

    Parameters:
        driver: the name of the driver that made the machines.
        subnet: CIDR; None while the driver has not picked one.
        shape: the declared shape, as plain values; the cluster layer's business.
        machines: by name; those whose creation finished.
    """

    cluster: str
    driver: str
    driver_options: Mapping[str, str] = field(default_factory=dict)
    subnet: str | None = None
    shape: Mapping[str, Any] = field(default_factory=dict)
    machines: Mapping[str, MachineRecord] = field(default_factory=dict)


# Of the fields that are not looked into here; what is not so was not written by provision.
_KINDS = {"cluster": str, "driver": str, "driver_options": dict, "shape": dict}


class StateVersionError(ValueError):
    """The file was written by a later provision."""


def dump(state: ClusterState) -> str:
    """The state as indented JSON."""
    document = {"version": VERSION, **dataclasses.asdict(state)}
    return json.dumps(document, indent=2, default=_plain) + "\n"


def load(text: str) -> ClusterState:
    """The state from its JSON.

    Raises:
        StateVersionError: written by a later provision.
        ValueError: not a state. ``json.JSONDecodeError`` says where.
    """
    document = json.loads(text)
    if not isinstance(document, dict):
        raise ValueError("not a mapping")  # noqa: TRY004 (bad data, not a wrong call)
    version = document.pop("version", None)
    if not isinstance(version, int):
        raise ValueError("it has no version")  # noqa: TRY004 (bad data, not a wrong call)
    if version > VERSION:
        raise StateVersionError(f"layout {version}, this provision knows {VERSION}")
    try:
        machines = {
            str(name): _record(record) for name, record in document.pop("machines", {}).items()
        }
        state = ClusterState(**document, machines=machines)
    except (TypeError, KeyError, AttributeError) as error:
        raise ValueError(str(error)) from error
    for name, kind in _KINDS.items():
        if not isinstance(getattr(state, name), kind):
            raise ValueError(f"{name} is not of type {kind.__name__}")  # noqa: TRY004
    return state


def _record(document: Mapping[str, Any]) -> MachineRecord:
    endpoint = dict(document["endpoint"])
    if endpoint.get("key_file"):
        endpoint["key_file"] = Path(endpoint["key_file"])
    for name in ("host_keys", "jump_hosts"):
        endpoint[name] = tuple(endpoint.get(name, ()))
    return MachineRecord(MachineSpec(**document["spec"]), Endpoint(**endpoint))


def _plain(value: object) -> object:
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no place in the state file")

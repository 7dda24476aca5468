"""A whole stack, as provision.agent's docker_stack takes it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from provision.agent.docker.stack_specs import STACK_LABEL
from provision.compose.document import Source, read_document
from provision.compose.names import PREDEFINED, Names, external
from provision.compose.normal import Normaliser
from provision.compose.section import Section, given
from provision.compose.service import service_spec
from provision.errors import DataError, Location, UsageError

_NAME = re.compile(r"^[a-zA-Z0-9][a-zA-Z0-9_.-]*$")


@dataclass(frozen=True, slots=True)
class Stack:
    """Parameters:
    name: of the stack.
    networks, secrets, configs: ``{name, body}``; without a body, it has to exist.
    services: Specs, in which networks, secrets and configs are named.
    warnings: what was left out, and where.
    """

    name: str
    networks: list[dict[str, Any]]
    secrets: list[dict[str, Any]] = field(repr=False)
    configs: list[dict[str, Any]] = field(repr=False)
    services: list[dict[str, Any]]
    warnings: list[str]

    def data(self) -> dict[str, Any]:
        """As JSON has it."""
        return {
            "networks": self.networks,
            "secrets": self.secrets,
            "configs": self.configs,
            "services": self.services,
        }


def load_stack(name: str, sources: Sequence[Source], variables: Mapping[str, str]) -> Stack:
    """Compose files as a stack.

    Parameters:
        name: the stack's.
        sources: in order; a later one counts where they differ.
        variables: for ``${NAME}`` in them.

    Raises:
        DataError: a file is wrong; with its place.
        UsageError: the name cannot be one.
    """
    if not _NAME.match(name):
        raise UsageError(
            f"'{name}' cannot be a stack's name",
            hint="letters, digits, '_', '.' and '-', beginning with a letter or digit",
        )
    document = read_document(sources, variables, Normaliser(variables))
    parts, warnings = document.parts, document.warnings
    if not parts["services"]:
        at = Location(sources[-1].name) if sources else None
        raise DataError("there are no services in it", at=at)
    names = Names(name, parts)
    services = [
        service_spec(section, key, names, warnings) for key, section in parts["services"].sections()
    ]
    networks = [_network(name, key, parts["networks"]) for key in sorted(names.used)]
    return Stack(
        name,
        networks,
        _stored(names, "secrets"),
        _stored(names, "configs"),
        services,
        warnings,
    )


def _network(stack: str, key: str, networks: Section) -> dict[str, Any]:
    section = networks.section(key)
    section.only(
        (
            "attachable", "driver", "driver_opts", "enable_ipv6", "external", "internal", "ipam",
            "labels", "name",
        )
    )  # fmt: skip
    outside = external(section, key)
    if outside:
        return {"name": outside, "predefined": outside in PREDEFINED}
    name = section.text("name") or f"{stack}_{key}"
    body = given(
        Name=name,
        CheckDuplicate=True,
        Driver=section.text("driver") or "overlay",
        Options=section.labels("driver_opts") or None,
        Labels={**section.labels("labels"), STACK_LABEL: stack},
        Attachable=section.flag("attachable"),
        Internal=section.flag("internal"),
        EnableIPv6=section.flag("enable_ipv6"),
        IPAM=_ipam(section),
    )
    return {"name": name, "body": body}


def _ipam(section: Section) -> dict[str, Any] | None:
    if "ipam" not in section:
        return None
    ipam = section.section("ipam")
    ipam.only(("driver", "config", "options"))
    subnets = []
    for position, entry in enumerate(ipam.items("config")):
        each = Section(entry, f"{ipam.name}.config[{position}]", ipam.place("config"))
        each.only(("subnet", "gateway", "ip_range", "aux_addresses"))
        subnets.append(
            given(
                Subnet=each.text("subnet"),
                Gateway=each.text("gateway"),
                IPRange=each.text("ip_range"),
                AuxiliaryAddresses=each.labels("aux_addresses") or None,
            )
        )
    return given(
        Driver=ipam.text("driver") or "default",
        Config=subnets or None,
        Options=ipam.labels("options") or None,
    )


def _stored(names: Names, kind: str) -> list[dict[str, Any]]:
    return [given(name=each.name, body=each.body) for each in names.stored_things[kind].values()]

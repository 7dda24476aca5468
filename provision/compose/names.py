"""What a stack's networks, volumes, secrets and configs are called in the swarm.

A stack's own things have its name before theirs. Secrets and configs cannot be changed, so the
name of each ends with a hash of its content: new content is a new secret, and the old one goes
when nothing uses it.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from provision.agent.docker.stack_parts import VERSION_LABEL
from provision.agent.docker.stack_specs import STACK_LABEL
from provision.compose.normal import DATA
from provision.compose.section import Section, given
from provision.errors import DataError, Location, did_you_mean

PREDEFINED = ("host", "bridge", "none", "nat")
_HASH_LENGTH = 10
# Of the name of a secret or config. Source: moby/swarmkit
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Volume:
    """A named volume, made on each node where a task needs it."""

    name: str
    labels: dict[str, str]
    driver: dict[str, Any] | None


@dataclass(slots=True)
class Stored:
    """A secret or config. ``body`` is None for one that exists already."""

    name: str
    body: dict[str, Any] | None = field(repr=False)


class Names:
    """Parameters:
        stack: the stack's name.
        parts: of the document.

    Raises:
        DataError: a declaration is wrong.
    """

    def __init__(self, stack: str, parts: Mapping[str, Section]) -> None:
        self.stack = stack
        self.used: set[str] = set()
        self._parts = parts
        self.stored_things = {
            kind: {name: self._declared(kind, name, each) for name, each in parts[kind].sections()}
            for kind in ("secrets", "configs")
        }

    def network(self, key: str, at: Location) -> str:
        """The network of this key; it is marked as used."""
        if key not in self._parts["networks"].names() and key != "default":
            raise self._undeclared("networks", key, at)
        self.used.add(key)
        declared = self._parts["networks"].section(key)
        return external(declared, key) or declared.text("name") or f"{self.stack}_{key}"

    def volume(self, key: str, at: Location) -> Volume:
        """The volume of this key."""
        if key not in self._parts["volumes"].names():
            raise self._undeclared("volumes", key, at)
        declared = self._parts["volumes"].section(key)
        declared.only(("driver", "driver_opts", "external", "labels", "name"))
        name = external(declared, key)
        if name:
            return Volume(name, {}, None)
        options = declared.labels("driver_opts") or None
        driver = given(Name=declared.text("driver"), Options=options) or None
        labels = {**declared.labels("labels"), STACK_LABEL: self.stack}
        return Volume(declared.text("name") or f"{self.stack}_{key}", labels, driver)

    def stored(self, kind: str, key: str, at: Location) -> str:
        """The name of a secret or config."""
        found = self.stored_things[kind].get(key)
        if found is None:
            raise self._undeclared(kind, key, at)
        return found.name

    def _declared(self, kind: str, key: str, section: Section) -> Stored:
        name = external(section, key)
        if name:
            return Stored(name, None)
        data = section.raw(DATA)
        if data is None and "driver" not in section:
            raise DataError(
                f"{section.name} says neither file, content nor environment, and is not external",
                at=section.at,
            )
        template, driver = section.text("template_driver"), section.text("driver")
        options = section.labels("driver_opts") or None
        body = given(
            Labels={**section.labels("labels"), STACK_LABEL: self.stack},
            Data=None if data is None else base64.b64encode(data).decode(),
            Templating={"Name": template} if template else None,
            Driver=given(Name=driver, Options=options) if driver else None,
        )
        fixed = section.text("name")
        if data is None:
            return Stored(fixed or f"{self.stack}_{key}", body)
        whole = json.dumps(body, sort_keys=True).encode()
        digest = hashlib.sha256(whole).hexdigest()[:_HASH_LENGTH]
        body["Labels"][VERSION_LABEL] = digest
        base = f"{self.stack}_{key}"[: _LONGEST - len(digest) - 1]
        return Stored(fixed or f"{base}-{digest}", body)

    def _undeclared(self, part: str, key: str, at: Location) -> DataError:
        hint = did_you_mean(key, self._parts[part].names())
        return DataError(
            f"'{key}' is not declared under {part}",
            at=at,
            hint=hint or f"add it: {part}: {{{key}: ...}} at the top of the file",
        )


def external(section: Section, key: str) -> str | None:
    """The name of what exists already, outside of the stack; None if it does not."""
    value = section.raw("external")
    if isinstance(value, dict):
        old = section.section("external")
        old.only(("name",))
        return old.text("name") or key
    if not section.flag("external"):
        return None
    return section.text("name") or key

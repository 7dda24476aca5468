"""One compose file's mappings with everything that depends on the file spelt out.

Afterwards files can be laid over each other and nothing has to be read any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from provision.compose.document import Source
from provision.compose.section import Section
from provision.compose.short_forms import (
    absolute,
    located,
    port,
    reference,
    spell_out,
    volume,
)
from provision.errors import DataError, Location
from provision.located import LocatedDict, location_of

DATA = "\0data"
"""The key under which the content of a secret or config is kept."""
_STORED = (
    "content", "driver", "driver_opts", "environment", "external", "file", "labels", "name",
    "template_driver",
)  # fmt: skip


class Normaliser:
    """Parameters: variables: what names without a value in ``environment`` stand for."""

    def __init__(self, variables: Mapping[str, str]) -> None:
        self._variables = variables

    def __call__(self, part: str, data: Any, source: Source) -> Any:
        """A part's mapping in its long form. Raises DataError."""
        if data is None:
            return None
        whole = Section(data, part, Location(source.name))
        out = _copy(data)
        for name, section in whole.sections():
            if part == "services":
                out[name] = self._service(section, _copy(whole.raw(name)), source)
            elif part in ("secrets", "configs"):
                out[name] = self._stored(section, _copy(whole.raw(name)), source)
        return out

    def _service(self, section: Section, out: LocatedDict, source: Source) -> LocatedDict:
        for key, one in (
            ("ports", port), ("volumes", volume), ("secrets", reference), ("configs", reference),
        ):  # fmt: skip
            if key in section:
                out[key] = spell_out(section, key, one)
        for mount in out.get("volumes") or ():
            if isinstance(mount.get("source"), str) and mount.get("type") == "bind":
                at = location_of(mount) or section.place("volumes")
                mount["source"] = _on_the_node(mount["source"], source.folder, at)
        if "environment" in section or "env_file" in section:
            out["environment"] = self._environment(section, source)
            out.pop("env_file", None)
        for key in ("labels", "sysctls"):
            if key in section:
                out[key] = _located(section.pairs(key), section.place(key))
        if "extra_hosts" in section:
            out["extra_hosts"] = _located(_hosts(section), section.place("extra_hosts"))
        if isinstance(section.raw("networks"), list):
            names = section.texts("networks")
            out["networks"] = _located(dict.fromkeys(names), section.place("networks"))
        if "deploy" in section:
            deploy = section.section("deploy")
            if "labels" in deploy:
                out["deploy"] = _copy(section.raw("deploy"))
                out["deploy"]["labels"] = _located(deploy.pairs("labels"), deploy.place("labels"))
        return out

    def _environment(self, section: Section, source: Source) -> LocatedDict:
        values: dict[str, str | None] = {}
        for path in section.texts("env_file", single=True):
            at = section.place("env_file")
            values.update(env_file(_text(source.read(absolute(path, source.folder), at), at), path))
        values.update(section.pairs("environment"))
        found = {
            name: self._variables.get(name) if value is None else value
            for name, value in values.items()
        }
        # A name without a value that nobody has set is not set in the container either.
        kept = {name: value for name, value in found.items() if value is not None}
        return _located(kept, section.place("environment"))

    def _stored(self, section: Section, out: LocatedDict, source: Source) -> LocatedDict:
        section.only(_STORED)
        ways = [key for key in ("file", "content", "environment", "external") if section.raw(key)]
        if len(ways) > 1:
            raise DataError(
                f"{section.name} has both {ways[0]} and {ways[1]}", at=section.place(ways[1])
            )
        file, variable = section.text("file"), section.text("environment")
        if file is not None:
            at = section.place("file")
            out[DATA] = source.read(absolute(file, source.folder), at)
        elif variable is not None:
            if variable not in self._variables:
                raise DataError(
                    f"{section.name}: the variable {variable} is not set",
                    at=section.place("environment"),
                )
            out[DATA] = str(self._variables[variable]).encode()
        elif "content" in section:
            out[DATA] = (section.text("content") or "").encode()
        return out


def env_file(content: str, name: str) -> dict[str, str | None]:
    """``KEY=value`` lines; a bare name stands for the variable of that name.

    Raises:
        DataError: a line is neither, nor empty, nor a comment.
    """
    out: dict[str, str | None] = {}
    for number, line in enumerate(content.lstrip("\ufeff").splitlines(), 1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        key, found, value = text.partition("=")
        if not key or any(letter.isspace() for letter in key):
            raise DataError(f"'{key}' is no name of a variable", at=Location(name, number, 1))
        out[key] = value if found else None
    return out


def _on_the_node(path: str, folder: str, at: Location) -> str:
    whole = absolute(path, folder)
    if whole.startswith("/"):
        return whole
    raise DataError(f"where {path} is on a node cannot be told", at=at, hint="write the whole path")


def _hosts(section: Section) -> dict[str, str | None]:
    value = section.raw("extra_hosts")
    if isinstance(value, dict):
        return section.pairs("extra_hosts")
    out: dict[str, str | None] = {}
    for entry in section.texts("extra_hosts"):
        # "=" is the newer form, and an IPv6 address has colons of its own.
        name, found, address = entry.partition("=" if "=" in entry else ":")
        if not found or not address:
            raise section.wrong("extra_hosts", "a list of name:address")
        out[name] = address.strip("[]")
    return out


def _text(data: bytes, at: Location) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        raise DataError("this file is not UTF-8", at=at) from None


def _copy(data: Any) -> LocatedDict:
    made = LocatedDict((str(key), value) for key, value in (data or {}).items())
    made.at = location_of(data)
    key_at = getattr(data, "key_at", {})
    made.key_at = {str(key): place for key, place in key_at.items()}
    return made


def _located(values: Mapping[str, Any], at: Location) -> LocatedDict:
    made = located(at)
    made.update(values)
    return made

"""Values of options as docker_swarm_service's parameters."""

from __future__ import annotations

import csv
import os
import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from provision.compose.short_forms import port as compose_port
from provision.errors import Location, UsageError

_MOUNT_KEYS = {
    "type": "type",
    "source": "source",
    "src": "source",
    "target": "target",
    "dst": "target",
    "destination": "target",
    "readonly": "readonly",
    "ro": "readonly",
    "bind-propagation": "propagation",
    "bind-nonrecursive": "non_recursive",
    "volume-nocopy": "no_copy",
    "volume-subpath": "subpath",
    "volume-driver": "driver",
    "tmpfs-size": "tmpfs_size",
    "tmpfs-mode": "tmpfs_mode",
}
_FLAGS = ("readonly", "no_copy", "non_recursive")
_FILE_KEYS = {
    "source": "source",
    "src": "source",
    "target": "filename",
    "uid": "uid",
    "gid": "gid",
    "mode": "mode",
}
_PORT_KEYS = {
    "target": "target_port",
    "published": "published_port",
    "protocol": "protocol",
    "mode": "mode",
}


def whole(text: str) -> int:
    """A whole number, not below 0."""
    if not str(text).isdecimal():
        raise UsageError(f"'{text}' is not a whole number")
    return int(text)


def fraction(text: str) -> float:
    """A number."""
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"'{text}' is not a number") from None


def one_of(*words: str) -> Callable[[str], str]:
    """One of some words."""

    def read(text: str) -> str:
        if text not in words:
            raise UsageError(f"'{text}' is none of {', '.join(words)}")
        return text

    return read


def words(text: str) -> list[str]:
    """As a shell splits them."""
    try:
        return shlex.split(text)
    except ValueError as error:
        raise UsageError(f"{text}: {error}") from None


def pairs(texts: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE``; without a sign the value is empty."""
    return {name: value for name, _, value in (text.partition("=") for text in texts)}


def counts(texts: Sequence[str]) -> dict[str, int]:
    """``KIND=N``."""
    return {name: whole(value) for name, value in pairs(texts).items()}


def environment(texts: Sequence[str]) -> list[str]:
    """``NAME=VALUE``; of a bare name the value is this process's own.

    Raises:
        UsageError: a bare name is no variable here.
    """
    found = []
    for text in texts:
        if "=" not in text and text not in os.environ:
            raise UsageError(f"{text} is not set here", hint="write NAME=VALUE")
        found.append(text if "=" in text else f"{text}={os.environ[text]}")
    return found


def name_of(line: str) -> str:
    """The name in ``NAME=VALUE``."""
    return line.partition("=")[0]


def ports(texts: Sequence[str]) -> list[dict[str, Any]]:
    """``8080:80/udp``, or ``published=8080,target=80,mode=host``."""
    found: list[dict[str, Any]] = []
    for text in texts:
        if "=" in text:
            entry = _fields(text, _PORT_KEYS)
            for key in ("target_port", "published_port"):
                if key in entry:
                    entry[key] = whole(entry[key])
            if "target_port" not in entry:
                raise UsageError(f"'{text}' has no target")
            found.append(entry)
            continue
        for each in compose_port(text, Location("--publish-add")):
            found.append(
                {
                    "target_port": each["target"],
                    "published_port": each.get("published"),
                    "protocol": each["protocol"],
                }
            )
    return found


def target_port(form: Mapping[str, Any]) -> str:
    """What `--publish-rm` calls a port by."""
    protocol = form["protocol"]
    return f"{form['target_port']}{'' if protocol == 'tcp' else f'/{protocol}'}"


def mounts(texts: Sequence[str]) -> list[dict[str, Any]]:
    """``type=bind,source=/a,target=/b,readonly``."""
    found = []
    for text in texts:
        entry = _fields(text, _MOUNT_KEYS, flags=_FLAGS)
        if "target" not in entry:
            raise UsageError(f"'{text}' has no target")
        if "driver" in entry:
            entry["driver_config"] = {"name": entry.pop("driver")}
        if "tmpfs_mode" in entry:
            entry["tmpfs_mode"] = _octal(entry["tmpfs_mode"])
        found.append({"type": "volume", **entry})
    return found


def files(kind: str) -> Callable[[Sequence[str]], list[dict[str, Any]]]:
    """Secrets or configs: a name, or ``source=NAME,target=FILE,mode=0440``."""

    def read(texts: Sequence[str]) -> list[dict[str, Any]]:
        found = []
        for text in texts:
            entry: dict[str, Any] = {"source": text}
            if "=" in text:
                entry = _fields(text, _FILE_KEYS)
            if "source" not in entry:
                raise UsageError(f"'{text}' has no source")
            if "mode" in entry:
                entry["mode"] = _octal(entry["mode"])
            found.append({f"{kind}_name": entry.pop("source"), **entry})
        return found

    return read


def networks(texts: Sequence[str]) -> list[Any]:
    """A name, or ``name=NAME,alias=A,alias=B``."""
    found: list[Any] = []
    for text in texts:
        if "=" not in text:
            found.append(text)
            continue
        entry: dict[str, Any] = {"aliases": [], "options": {}}
        for name, value in _parts(text):
            if name == "name":
                entry["name"] = value
            elif name == "alias":
                entry["aliases"].append(value)
            elif name == "driver-opt":
                option, _, setting = value.partition("=")
                entry["options"][option] = setting
            else:
                raise UsageError(f"'{text}' has no '{name}'", hint="name, alias, driver-opt")
        found.append(entry)
    return found


def preferences(texts: Sequence[str]) -> list[dict[str, str]]:
    """``spread=node.labels.zone``."""
    for text in texts:
        if not text.startswith("spread="):
            raise UsageError(f"'{text}': write spread=node.labels.NAME")
    return [{"spread": text.partition("=")[2]} for text in texts]


def hosts(texts: Sequence[str]) -> dict[str, str]:
    """``HOST:ADDRESS``."""
    for text in texts:
        if ":" not in text:
            raise UsageError(f"'{text}': write HOST:ADDRESS")
    return {name: address for name, _, address in (text.partition(":") for text in texts)}


def host_of(line: str) -> str:
    """The name in a line of /etc/hosts."""
    return line.partition(" ")[2]


def ulimits(texts: Sequence[str]) -> list[str]:
    """``NAME=SOFT[:HARD]`` as the module has it."""
    return [text.replace("=", ":", 1) for text in texts]


def _fields(text: str, known: Mapping[str, str], flags: Sequence[str] = ()) -> dict[str, Any]:
    entry: dict[str, Any] = {}
    for name, value in _parts(text):
        key = known.get(name)
        if key is None:
            raise UsageError(f"'{text}' has no '{name}'", hint=f"it has: {', '.join(known)}")
        entry[key] = value.lower() not in ("false", "0") if key in flags else value
    return entry


def _parts(text: str) -> list[tuple[str, str]]:
    (row,) = csv.reader([text])
    return [(name.strip().lower(), value) for name, _, value in (p.partition("=") for p in row)]


def _octal(text: str) -> int:
    try:
        return int(text, 8)
    except ValueError:
        raise UsageError(f"'{text}' is not a mode such as 0440") from None

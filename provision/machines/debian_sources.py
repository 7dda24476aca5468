"""The Debian mirror this host uses, and its proxies, read from apt's own configuration."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

_KEYRINGS = (
    Path("/usr/share/keyrings/debian-archive-keyring.gpg"),
    Path("/usr/share/keyrings/debian-archive-keyring.pgp"),
)


@dataclass(frozen=True, slots=True)
class Source:
    """One repository of packages.

    Parameters:
        signed_by: the keyring file that apt trusts for it; empty if not said.
    """

    uri: str
    suites: tuple[str, ...]
    components: tuple[str, ...]
    signed_by: str = ""

    @property
    def is_debian(self) -> bool:
        """Whether this is Debian's archive, not somebody's repository for Debian."""
        if "main" not in self.components:
            return False
        if self.signed_by:
            return "debian-archive" in Path(self.signed_by).name
        last = urlsplit(self.uri).path.rstrip("/").rpartition("/")[2]
        return last in ("debian", "debian-security")


@dataclass(frozen=True, slots=True)
class Mirror:
    """What mmdebstrap needs to make a Debian.

    Parameters:
        lines: one-line ``deb`` entries, the release itself first.
        keyring: the file that signs them; None means what apt trusts.
    """

    lines: tuple[str, ...]
    keyring: Path | None


def host_mirror(release: str, apt: Path = Path("/etc/apt")) -> Mirror | None:
    """The host's mirror with a release's suites; None if the host names no Debian mirror.

    Parameters:
        release: Debian's codename, such as ``bookworm``; need not be the host's own.
        apt: the configuration directory.
    """
    debian = [source for source in read_sources(apt) if source.is_debian]
    security = [s for s in debian if any("security" in suite for suite in s.suites)]
    main = [s for s in debian if s not in security]
    if not main:
        return None
    uri = main[0].uri
    lines = [f"deb {uri} {release} main"]
    if release not in ("sid", "unstable"):
        if any(suite.endswith("-updates") for source in main for suite in source.suites):
            lines.append(f"deb {uri} {release}-updates main")
        if security:
            lines.append(f"deb {security[0].uri} {release}-security main")
    signed = Path(main[0].signed_by) if main[0].signed_by else None
    keyrings = [path for path in (signed, *_KEYRINGS) if path and path.is_file()]
    return Mirror(tuple(lines), keyrings[0] if keyrings else None)


def read_sources(apt: Path) -> list[Source]:
    """Every enabled binary source below apt's configuration directory, in apt's order."""
    lists = [apt / "sources.list", *sorted((apt / "sources.list.d").glob("*"))]
    found: list[Source] = []
    for path in lists:
        try:
            text = path.read_text(encoding="utf-8", errors="replace")
        except OSError:
            continue
        if path.suffix == ".list":
            found.extend(parse_list(text))
        elif path.suffix == ".sources":
            found.extend(parse_deb822(text))
    return [_resolved(source) for source in found]


def parse_list(text: str) -> Iterator[Source]:
    """One-line entries: ``deb [signed-by=FILE] URI SUITE COMPONENT...``."""
    for line in text.splitlines():
        match = re.match(r"\s*deb\s+(?:\[([^]]*)\]\s+)?(\S+)\s+(\S+)\s*([^#]*)", line)
        if match:
            options, uri, suite, components = match.groups()
            signed = re.search(r"signed-by=(\S+)", options or "")
            yield Source(
                uri, (suite,), tuple(components.split()), signed[1].strip('"') if signed else ""
            )


def parse_deb822(text: str) -> Iterator[Source]:
    """Stanzas of ``Field: value`` separated by empty lines. See sources.list(5)."""
    for stanza in re.split(r"\n\s*\n", text):
        fields = dict(_fields(stanza.splitlines()))
        if "deb" not in fields.get("types", "").split():
            continue
        if fields.get("enabled", "yes").lower() in ("no", "false", "0"):
            continue
        signed = fields.get("signed-by", "")
        for uri in fields.get("uris", "").split():
            yield Source(
                uri,
                tuple(fields.get("suites", "").split()),
                tuple(fields.get("components", "").split()),
                "" if "\n" in signed else signed,  # a key written out in full has no name
            )


def _fields(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    name, value = "", ""
    for line in lines:
        if line.startswith("#"):
            continue
        if line[:1] in (" ", "\t"):
            value += "\n" + line.strip()
            continue
        if name:
            yield name, value
        name, _, value = line.partition(":")
        name, value = name.strip().lower(), value.strip()
    if name:
        yield name, value


def _resolved(source: Source) -> Source:
    """A ``mirror+file:`` list, as cloud images have it, stands for the first mirror in it."""
    if not source.uri.startswith("mirror+file:"):
        return source
    try:
        entries = Path(urlsplit(source.uri).path).read_text(encoding="utf-8").split("\n")
    except OSError:
        return source
    uris = [entry.split()[0] for entry in entries if entry.strip() and entry[0] != "#"]
    if not uris:
        return source
    return Source(uris[0], source.suites, source.components, source.signed_by)


def proxy_options() -> list[str]:
    """The proxies that apt uses on this host: the node needs them as much."""
    try:
        dumped = subprocess.run(
            ["apt-config", "dump"], capture_output=True, check=True, text=True, timeout=10
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return []
    return re.findall(r'^(Acquire::https?::Proxy(?:::\S+)? "[^"]+");$', dumped, re.MULTILINE)

"""The agent as bytes: the zip that nodes cache, and the command that starts it."""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import os
import threading
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import provision.agent
from provision.agent import loader

EPOCH = (1980, 1, 1, 0, 0, 0)
HASH_LENGTH = 32
_reading = threading.Lock()

# Python 2 must be able to read this line. No single quote, newline or exclamation mark: it
# passes through the login shell of whoever logs in, csh included.
_BOOT = (
    "import sys;"
    "sys.path=[p for p in sys.path if p];"
    "import os,zlib,base64;"
    "v=sys.version_info;"
    "v<(3,7)and(os.write(1,({magic}+{old}%v[:2]).encode()),os._exit(0));"
    "exec(zlib.decompress(base64.b64decode({source})))"
)


@dataclass(frozen=True, slots=True)
class Payload:
    """Parameters:
    files: path in the payload -> content.
    name: their hash; the cache directory is named after it.
    checksum: what ``loader.checksum`` says of them once unpacked.
    """

    files: dict[str, bytes] = field(repr=False)
    name: str
    checksum: str

    @classmethod
    def of(cls, files: dict[str, bytes]) -> Payload:
        """Files with their hash and checksum."""
        ordered = {name: files[name] for name in sorted(files)}
        digest, value = hashlib.sha256(), 0
        for name, content in ordered.items():
            digest.update(b"%s %d\0" % (name.encode(), len(content)) + content)
            if name.endswith(".py"):
                value = zlib.crc32(name.encode() + b"\0" + content, value)
        return cls(ordered, digest.hexdigest()[:HASH_LENGTH], f"{value:08x}")

    def command(self, python: str) -> list[str]:
        """Start the agent with this interpreter: no site-packages, no PYTHON* variables."""
        return [python, "-S", "-E", "-X", "utf8", "-c", _boot(), self.name, self.checksum]

    def zipped(self) -> bytes:
        """What a node without it is sent: the same bytes for the same files."""
        import zipfile

        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in self.files.items():
                entry = zipfile.ZipInfo(name, EPOCH)
                entry.external_attr = 0o600 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, content)
        return out.getvalue()


def payload() -> Payload:
    """The agent of this very checkout or wheel, read once."""
    with _reading:
        return _read()


@functools.lru_cache(maxsize=1)
def _read() -> Payload:
    root = str(Path(provision.agent.__file__).parent)
    found = {"provision/__init__.py": b""}
    # Not with pathlib, which takes three times as long for its 190 files: all hosts wait for this.
    for folder, _, files in os.walk(root):
        below = "provision/agent" + folder[len(root) :]
        for name in files:
            if name.endswith(".py"):
                with open(f"{folder}/{name}", "rb", buffering=0) as file:  # noqa: PTH123
                    found[f"{below}/{name}"] = file.read()
    return Payload.of(found)


@functools.lru_cache(maxsize=1)
def _boot() -> str:
    source = base64.b64encode(zlib.compress(Path(loader.__file__).read_bytes(), 9)).decode()
    magic = '"' + loader.MAGIC.replace("\n", "\\n") + '"'
    return _BOOT.format(magic=magic, old='" old %d.%d\\n"', source=f'"{source}"')

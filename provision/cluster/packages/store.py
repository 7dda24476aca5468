"""Files fetched from package repositories, kept for all nodes and clusters of a user.

A file is kept under the hash of its URL, with what its server said of it beside it. It gets its
name only once it is whole, and is compared with its checksum before it is given out for the
first time: a killed download, a full disk or a damaged file costs a download, nothing else.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

LIMIT = 2 << 30
"""Bytes kept; those that were used least lately go first."""
ABANDONED = 3600.0
"""Seconds after which an unfinished file belongs to nobody any more."""
_PART = ".part"


@dataclass(frozen=True, slots=True)
class Kept:
    """A file that is here.

    Parameters:
        etag, modified: the server's validators, "" where it gave none.
        sha256: of the content.
    """

    url: str
    size: int
    sha256: str
    etag: str
    modified: str


class PackageStore:
    """Several processes may use one directory at the same time."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._sound: set[str] = set()

    def find(self, url: str) -> tuple[Kept, Path] | None:
        """What is kept of a URL, if it is still what was stored."""
        path = self._path(url)
        try:
            kept = Kept(**json.loads(path.with_suffix(".json").read_text(encoding="utf-8")))
            if path.name not in self._sound and _sha256(path) != kept.sha256:
                raise ValueError("damaged")
        except (OSError, ValueError, TypeError):
            return None
        self._sound.add(path.name)
        with contextlib.suppress(OSError):
            os.utime(path)  # `prune` goes by it
        return kept, path

    def begin(self) -> Path:
        """Where to write a download to."""
        self._directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        return self._directory / f"{secrets.token_hex(16)}{_PART}"

    def finish(self, part: Path, kept: Kept) -> None:
        """A download is whole: keep it."""
        path = self._path(kept.url)
        note = part.with_suffix(".note" + _PART)
        note.write_text(json.dumps(asdict(kept)), encoding="utf-8")
        # Until both are in place the old note, or none, does not fit the content: nothing is found.
        part.replace(path)
        note.replace(path.with_suffix(".json"))
        self._sound.add(path.name)

    def prune(self, limit: int = LIMIT) -> int:
        """Remove what was used least lately beyond ``limit`` bytes; how many bytes that were."""
        freed = kept = 0
        for path, size, used in sorted(self._files(), key=lambda entry: -entry[2]):
            if path.name.endswith(_PART):
                if limit and time.time() - used < ABANDONED:
                    continue
            elif kept + size <= limit:
                kept += size
                continue
            path.unlink(missing_ok=True)
            path.with_suffix(".json").unlink(missing_ok=True)
            freed += size
        return freed

    @property
    def size(self) -> int:
        """Bytes in use."""
        return sum(size for _, size, _ in self._files())

    def _files(self) -> Iterator[tuple[Path, int, float]]:
        if not self._directory.is_dir():
            return
        for path in self._directory.iterdir():
            if path.suffix == ".json":
                continue
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                yield path, status.st_size, status.st_mtime

    def _path(self, url: str) -> Path:
        return self._directory / hashlib.sha256(url.encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

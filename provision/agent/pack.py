"""Archives written: tar (plain, gz, bz2, xz) and zip, and single files compressed."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import os
import shutil
import tarfile
import zipfile
from typing import IO, Any, Iterable, List, Optional, Tuple

from provision.agent import archives, files
from provision.agent.task import ModuleFailed

FORMATS = ("bz2", "gz", "tar", "xz", "zip")
Members = Iterable[Tuple[str, str]]
"""(path, name in the archive)."""


def archive(members: Members, path: str, kind: str) -> None:
    """Write an archive. Raises OSError."""
    if kind == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, allowZip64=True) as packed:
            for source, name in members:
                packed.write(source, name)
        return
    mode: Any = "w" if kind == "tar" else f"w:{kind}"
    with tarfile.open(path, mode) as tar:
        for source, name in members:
            tar.add(source, name, recursive=False)


def compress(source: str, path: str, kind: str) -> None:
    """Write one file compressed; as tar and zip it is an archive of one. Raises OSError."""
    if kind in ("tar", "zip"):
        archive([(source, os.path.basename(source))], path, kind)
        return
    with open(source, "rb") as read, _opened(path, kind, "wb") as out:
        shutil.copyfileobj(read, out, 1 << 20)


def _opened(path: str, kind: str, mode: Any) -> IO[bytes]:
    opener: Any = {"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open}[kind]
    opened: IO[bytes] = opener(path, mode)
    return opened


def is_archive(path: str) -> bool:
    """Whether it is a tar or a zip, rather than a compressed file."""
    try:
        return zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
    except OSError:
        return False


def contents(path: str) -> List[Any]:
    """What an archive, or a compressed file, holds, to compare it with another's."""
    if is_archive(path):
        with archives.members(path, path) as members:
            return [(one.name, one.kind, one.mode, one.target, _digest(one)) for one in members]
    for kind in ("gz", "bz2", "xz"):
        try:
            with _opened(path, kind, "rb") as file:
                return [hashlib.sha1(file.read()).hexdigest()]
        except (OSError, EOFError, lzma.LZMAError):
            continue
    return [files.digest(path)]


def _digest(member: archives.Member) -> Optional[str]:
    if member.kind != "file":
        return None
    made = hashlib.sha1()
    try:
        with member.open() as file:
            for chunk in iter(lambda: file.read(1 << 20), b""):
                made.update(chunk)
    except ModuleFailed:
        return None
    return made.hexdigest()

"""Archives read member by member, in one shape for tar and zip."""

from __future__ import annotations

import os
import stat
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any, Callable, Iterator, NamedTuple, Optional, Union

from provision.agent.task import ModuleFailed

if TYPE_CHECKING:
    import tarfile
    import zipfile


class Member(NamedTuple):
    """One entry of an archive.

    Parameters:
        kind: file, directory, link (symbolic), hard, or other (devices and the like).
        mode: permission bits; None where the archive holds none.
        mtime: seconds since the epoch.
        target: what a link points to.
        open: the content of a file.
    """

    name: str
    kind: str
    mode: Optional[int]
    mtime: float
    size: int
    target: str
    uid: int
    gid: int
    owner: str
    group: str
    open: Callable[[], IO[bytes]]


Source = Union[str, IO[bytes]]


@contextmanager
def members(source: Source, name: str) -> Iterator[Iterator[Member]]:
    """The members of a tar (plain, gz, bz2, xz) or zip archive, in order, read as they come.

    Parameters:
        source: a path, or a seekable binary file.
        name: what to call it in messages.

    Raises:
        ModuleFailed: it is neither, or damaged.
    """
    import lzma
    import tarfile
    import zipfile
    import zlib

    try:
        if zipfile.is_zipfile(source):
            _rewind(source)
            with zipfile.ZipFile(source) as archive:
                yield _zip(archive)
            return
        _rewind(source)
        named = source if isinstance(source, str) else None
        file = None if isinstance(source, str) else source
        with tarfile.open(named, "r:*", file) as tar:
            yield _tar(tar)
    except (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, lzma.LZMAError) as error:
        raise ModuleFailed(
            f"{name} cannot be unpacked: {error}; known are tar, tar.gz, tar.bz2, tar.xz and zip"
        ) from None


_HANDLERS = (
    (b"\x1f\x8b", "TgzArchive"),
    (b"BZh", "TarBzipArchive"),
    (b"\xfd7zXZ", "TarXzArchive"),
    (b"PK", "ZipArchive"),
)


def handler(source: Source) -> str:
    """Ansible's name for what unpacks such an archive. Raises OSError."""
    if isinstance(source, str):
        with open(source, "rb") as file:
            head = file.read(8)
    else:
        source.seek(0)
        head = source.read(8)
        source.seek(0)
    return next((name for magic, name in _HANDLERS if head.startswith(magic)), "TarArchive")


def _rewind(source: Source) -> None:
    if not isinstance(source, str):
        source.seek(0)


def _tar(archive: tarfile.TarFile) -> Iterator[Member]:
    for info in archive:
        kind = "other"
        if info.isdir():
            kind = "directory"
        elif info.issym():
            kind = "link"
        elif info.islnk():
            kind = "hard"
        elif info.isfile():
            kind = "file"
        yield Member(
            info.name,
            kind,
            info.mode & 0o7777,
            float(info.mtime),
            info.size,
            info.linkname,
            info.uid,
            info.gid,
            info.uname,
            info.gname,
            _opener(archive, info),
        )


def _opener(archive: tarfile.TarFile, info: tarfile.TarInfo) -> Callable[[], IO[bytes]]:
    def opened() -> IO[bytes]:
        file = archive.extractfile(info)
        if file is None:
            raise ModuleFailed(f"{info.name} of the archive has no content")
        return file

    return opened


def _zip(archive: zipfile.ZipFile) -> Iterator[Member]:
    for info in archive.infolist():
        unix = info.external_attr >> 16
        kind, target = "file", ""
        if info.is_dir():
            kind = "directory"
        elif stat.S_ISLNK(unix):
            kind, target = "link", archive.read(info).decode("utf-8", "surrogateescape")
        mtime = time.mktime((*info.date_time, 0, 0, -1))
        yield Member(
            info.filename,
            kind,
            stat.S_IMODE(unix) or None,
            mtime,
            info.file_size,
            target,
            os.geteuid(),
            os.getegid(),
            "",
            "",
            _zip_opener(archive, info),
        )


def _zip_opener(archive: zipfile.ZipFile, info: Any) -> Callable[[], IO[bytes]]:
    return lambda: archive.open(info)

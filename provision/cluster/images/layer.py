"""A file system as a tar archive that is the same whenever its files are."""

from __future__ import annotations

import io
import stat
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from provision.errors import UsageError

_ROOT = PurePosixPath("/")


@dataclass(slots=True)
class Tree:
    """What an image holds, by path in it; what is added later counts.

    Parameters:
        files: path -> a file here, or a symbolic link here.
        links: path -> what a symbolic link points to.
        texts: path -> content.
    """

    files: dict[str, Path] = field(default_factory=dict)
    links: dict[str, str] = field(default_factory=dict)
    texts: dict[str, bytes] = field(default_factory=dict)

    def add(self, source: Path, target: str) -> None:
        """A file, or all that is in a folder.

        Raises:
            UsageError: there is no such file, or the target is no absolute path.
        """
        place = PurePosixPath(target)
        if not place.is_absolute() or ".." in place.parts:
            raise UsageError(f"'{target}' is not an absolute path in the image")
        if source.is_dir() and not source.is_symlink():
            for each in sorted(source.rglob("*")):
                if each.is_symlink() or each.is_file():
                    self.files[str(place / each.relative_to(source))] = each
        elif source.is_symlink() or source.is_file():
            self.files[str(place)] = source
        else:
            raise UsageError(f"there is no file {source}")

    @property
    def size(self) -> int:
        """Bytes of all its files."""
        return sum(each.stat().st_size for each in self.files.values() if not each.is_symlink())

    def write(self, file: IO[bytes]) -> None:
        """As a tar archive: sorted, root's, without times."""
        entries = {**self._file_entries(), **self._made_entries()}
        with tarfile.open(fileobj=file, mode="w", format=tarfile.GNU_FORMAT) as archive:
            for folder in sorted(set(_parents(entries))):
                entry = tarfile.TarInfo(folder)
                entry.type = tarfile.DIRTYPE
                entry.mode = 0o1777 if folder == "tmp" else 0o755
                archive.addfile(entry)
            for name in sorted(entries):
                entry, content = entries[name]
                if isinstance(content, Path):
                    with content.open("rb") as source:
                        archive.addfile(entry, source)
                else:
                    archive.addfile(entry, io.BytesIO(content) if content is not None else None)

    def _file_entries(self) -> dict[str, tuple[tarfile.TarInfo, Path | bytes | None]]:
        out: dict[str, tuple[tarfile.TarInfo, Path | bytes | None]] = {}
        for path, source in self.files.items():
            name = path.lstrip("/")
            if source.is_symlink():
                out[name] = _link(name, str(source.readlink())), None
                continue
            entry = tarfile.TarInfo(name)
            entry.size = source.stat().st_size
            entry.mode = 0o755 if source.stat().st_mode & stat.S_IXUSR else 0o644
            out[name] = entry, source
        return out

    def _made_entries(self) -> dict[str, tuple[tarfile.TarInfo, Path | bytes | None]]:
        out: dict[str, tuple[tarfile.TarInfo, Path | bytes | None]] = {}
        for path, points_to in self.links.items():
            name = path.lstrip("/")
            out[name] = _link(name, points_to), None
        for path, text in self.texts.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size = len(text)
            entry.mode = 0o644
            out[entry.name] = entry, text
        return out


def _link(name: str, points_to: str) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname, entry.mode = tarfile.SYMTYPE, points_to, 0o777
    return entry


def _parents(entries: Mapping[str, object]) -> Iterator[str]:
    yield "tmp"
    for name in entries:
        for parent in PurePosixPath(name).parents:
            if str(parent) != ".":
                yield str(parent)

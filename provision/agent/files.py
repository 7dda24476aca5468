"""Files on the node: read, compared, backed up and replaced whole."""

from __future__ import annotations

import errno
import os
import shlex
import stat
import time
from typing import BinaryIO, Callable, Dict, Iterable, Optional, Tuple, Union

from provision.agent import unfinished
from provision.agent.sha1 import sha1, sha1_of_file
from provision.agent.spec import Param
from provision.agent.task import ModuleFailed, ModuleTask

SHOWN_IN_DIFF = 100 * 1024
"""How many bytes of a file a diff may carry."""

ADVISED = 8 << 20
"""Bytes at a time that the disk is given of content that comes in pieces."""

ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512")
"""The digests that modules offer."""

BACKUP = Param("backup", "Keep a copy of the previous file beside it.", type="bool", default=False)
VALIDATE = Param(
    "validate",
    "A command that must accept the new file before it is put in place; %s is its path.",
)
UNSAFE_WRITES = Param(
    "unsafe_writes",
    "Write in place where a file cannot be replaced, such as one mounted into a container.",
    type="bool",
    default=False,
)


def umask() -> int:
    """The process's umask, read without changing it where /proc allows."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("Umask:"):
                    return int(line.split()[1], 8)
    except OSError:
        pass
    value = os.umask(0o022)
    os.umask(value)
    return value


def digest(path: str, algorithm: str = "sha1") -> str:
    """The hex digest of a file's content. Raises OSError; ModuleFailed for the algorithm."""
    if algorithm == "sha1":
        return sha1_of_file(path)
    import hashlib

    try:
        made = hashlib.new(algorithm)
    except ValueError:
        raise ModuleFailed(f"the digest algorithm '{algorithm}' is not available here") from None
    with open(path, "rb") as file:
        for chunk in iter(lambda: file.read(1 << 20), b""):
            made.update(chunk)
    return made.hexdigest()


def md5sum(content: Union[bytes, str]) -> Optional[str]:
    """The MD5 of bytes, or of the file at a path; None where MD5 is forbidden (FIPS)."""
    import hashlib

    try:
        if isinstance(content, str):
            return digest(content, "md5")
        return hashlib.md5(content).hexdigest()
    except (ValueError, ModuleFailed):
        return None


def read_bytes(path: str) -> bytes:
    """A file's content. Raises ModuleFailed when it cannot be read."""
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as error:
        raise ModuleFailed(f"cannot read {path}: {error.strerror}") from None


def shown(content: Optional[bytes]) -> str:
    """Content as a diff shows it: text, or one line that says why not."""
    if not content:
        return ""
    if b"\0" in content[:8192]:
        return f"(binary, {len(content)} bytes, sha1 {sha1(content)})\n"
    if len(content) > SHOWN_IN_DIFF:
        return f"({len(content)} bytes, sha1 {sha1(content)})\n"
    return content.decode("utf-8", "replace")


def content_diff(
    path: str,
    before: Optional[bytes],
    after: Optional[bytes],
    after_header: Optional[str] = None,
) -> Dict[str, str]:
    """The ``diff`` of a file's content."""
    return {
        "before": shown(before),
        "after": shown(after),
        "before_header": path,
        "after_header": after_header or path,
    }


def backup(path: str) -> str:
    """Copy a file beside itself with its ownership and mode; the copy's path."""
    stamp = time.strftime("%Y-%m-%d@%H:%M:%S~", time.localtime())
    copy = f"{path}.{os.getpid()}.{stamp}"
    serial = 0
    while os.path.lexists(copy):
        serial += 1
        copy = f"{path}.{os.getpid()}.{serial}.{stamp}"
    import shutil

    try:
        shutil.copy2(path, copy)
        info = os.stat(path)
        os.chown(copy, info.st_uid, info.st_gid)
    except OSError as error:
        raise ModuleFailed(f"cannot back up {path}: {error.strerror}") from None
    return copy


def validator(task: ModuleTask, command: Optional[str]) -> Optional[Callable[[str], None]]:
    """What runs a ``validate`` command on a path, raising ModuleFailed if it says no."""
    if not command:
        return None
    if "%s" not in command:
        raise task.fail(f"validate must contain %s where the file's path goes: {command}")
    words = shlex.split(command)

    def check(path: str) -> None:
        done = task.run([word.replace("%s", path) for word in words])
        if done.rc != 0:
            raise task.fail(
                f"failed to validate: {command}: exit status {done.rc}: "
                f"{(done.stderr or done.stdout).strip()[-2000:]}",
                rc=done.rc,
                stdout=done.stdout,
                stderr=done.stderr,
            )

    return check


def replace(
    path: str,
    content: Union[bytes, "os.PathLike[str]", str, Iterable[bytes]],
    mode: Optional[int] = None,
    owner: Tuple[int, int] = (-1, -1),
    check: Optional[Callable[[str], None]] = None,
    unsafe_writes: bool = False,
) -> None:
    """Put a file in place whole: readers see the old one or the new one, never a part.

    Parameters:
        content: bytes, the path of a file to copy, or bytes in pieces.
        mode: permission bits; None keeps the present file's, or 0666 less the umask.
        owner: numbers of user and group; -1 keeps the present file's.
        check: called with the temporary file's path before it is put in place.
        unsafe_writes: write in place if the file cannot be replaced.

    Raises:
        ModuleFailed: it cannot be written, or ``check`` says no; the old file is untouched.
    """
    folder = os.path.dirname(path) or "."
    try:
        present: Optional[os.stat_result] = os.stat(path)
    except OSError:
        present = None
    uid, gid = owner
    if mode is None:
        mode = stat.S_IMODE(present.st_mode) if present else 0o666 & ~umask()
    if present:
        uid = present.st_uid if uid == -1 else uid
        gid = present.st_gid if gid == -1 else gid
    # Validators judge some files by their suffix; without one, nothing should take the
    # temporary file for configuration.
    suffix = os.path.splitext(path)[1] if check else ".tmp"
    try:
        with unfinished.temporary(folder, suffix) as (handle, temporary):
            with os.fdopen(handle, "wb") as file:
                _write(content, file)
                file.flush()
                if check:
                    check(temporary)
                if (uid, gid) != (-1, -1):
                    os.fchown(file.fileno(), uid, gid)
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            _move(temporary, path, unsafe_writes)
    except OSError as error:
        raise ModuleFailed(f"cannot write {path}: {error.strerror or error}") from None


def _write(content: Union[bytes, "os.PathLike[str]", str, Iterable[bytes]], file: BinaryIO) -> None:
    if isinstance(content, bytes):
        file.write(content)
    elif isinstance(content, (str, os.PathLike)):
        import shutil

        with open(content, "rb") as source:
            shutil.copyfileobj(source, file, 1 << 20)
    else:
        _write_pieces(content, file)


def _write_pieces(pieces: Iterable[bytes], file: BinaryIO) -> None:
    """Send them on their way to the disk while more arrive: the fsync at the end finds less to do.

    The advice that nobody will read them soon does that (posix_fadvise(2)).
    """
    start = end = 0
    for piece in pieces:
        file.write(piece)
        end += len(piece)
        if end - start >= ADVISED:
            os.posix_fadvise(file.fileno(), start, end - start, os.POSIX_FADV_DONTNEED)
            start = end


def _move(temporary: str, path: str, unsafe_writes: bool) -> None:
    try:
        os.replace(temporary, path)
    except OSError as error:
        if not unsafe_writes or error.errno not in (errno.EBUSY, errno.EPERM, errno.EXDEV):
            raise
        import shutil

        with open(temporary, "rb") as source, open(path, "wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        os.unlink(temporary)


def existing_parent(task: ModuleTask, path: str) -> bool:
    """Whether the folder of ``path`` exists.

    In check mode a missing one is taken to be what an earlier task would have made.

    Raises:
        ModuleFailed: it does not, outside check mode.
    """
    folder = os.path.dirname(path) or "."
    if os.path.isdir(folder):
        return True
    if not task.check:
        raise task.fail(
            f"the directory {folder} of {path} does not exist; create it first with the file "
            "module, state=directory"
        )
    return False

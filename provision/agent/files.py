"""Files on the node: described, compared, backed up and replaced whole."""

from __future__ import annotations

import errno
import grp
import hashlib
import os
import pwd
import shlex
import shutil
import stat
import tempfile
import time
from typing import Any, Callable, Dict, Optional, Tuple, Union

from provision.agent import selinux
from provision.agent.spec import Param
from provision.agent.task import ModuleFailed, ModuleTask

SHOWN_IN_DIFF = 100 * 1024
"""How many bytes of a file a diff may carry."""

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


_BITS = (
    ("wusr", stat.S_IWUSR),
    ("rusr", stat.S_IRUSR),
    ("xusr", stat.S_IXUSR),
    ("wgrp", stat.S_IWGRP),
    ("rgrp", stat.S_IRGRP),
    ("xgrp", stat.S_IXGRP),
    ("woth", stat.S_IWOTH),
    ("roth", stat.S_IROTH),
    ("xoth", stat.S_IXOTH),
    ("isuid", stat.S_ISUID),
    ("isgid", stat.S_ISGID),
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


def user_name(uid: int) -> str:
    """The user's name, or the number as text if it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_name(gid: int) -> str:
    """The group's name, or the number as text if it has none."""
    try:
        return grp.getgrgid(gid).gr_name
    except KeyError:
        return str(gid)


def state_of(path: str) -> str:
    """absent, link, directory, hard (a file with several names) or file."""
    try:
        info = os.lstat(path)
    except OSError:
        return "absent"
    if stat.S_ISLNK(info.st_mode):
        return "link"
    if stat.S_ISDIR(info.st_mode):
        return "directory"
    return "hard" if info.st_nlink > 1 else "file"


def describe(path: str) -> Dict[str, Any]:
    """What results say about a path: uid, gid, owner, group, mode ("0644"), size, state.

    ``secontext`` too, where SELinux is on.
    """
    try:
        info = os.lstat(path)
    except OSError:
        return {"state": "absent"}
    out = {
        "uid": info.st_uid,
        "gid": info.st_gid,
        "owner": user_name(info.st_uid),
        "group": group_name(info.st_gid),
        "mode": f"0{stat.S_IMODE(info.st_mode):03o}",
        "size": info.st_size,
        "state": state_of(path),
    }
    context = selinux.context_of(path)
    return out if context is None else dict(out, secontext=context)


def properties(path: str, info: os.stat_result) -> Dict[str, Any]:
    """What ``stat`` and ``find`` say about a path alike."""
    mode = info.st_mode
    out: Dict[str, Any] = {
        "path": path,
        "mode": f"{stat.S_IMODE(mode):04o}",
        "isdir": stat.S_ISDIR(mode),
        "ischr": stat.S_ISCHR(mode),
        "isblk": stat.S_ISBLK(mode),
        "isreg": stat.S_ISREG(mode),
        "isfifo": stat.S_ISFIFO(mode),
        "islnk": stat.S_ISLNK(mode),
        "issock": stat.S_ISSOCK(mode),
        "uid": info.st_uid,
        "gid": info.st_gid,
        "pw_name": user_name(info.st_uid),
        "gr_name": group_name(info.st_gid),
        "size": info.st_size,
        "inode": info.st_ino,
        "dev": info.st_dev,
        "nlink": info.st_nlink,
        "atime": info.st_atime,
        "mtime": info.st_mtime,
        "ctime": info.st_ctime,
    }
    out.update((name, bool(mode & bit)) for name, bit in _BITS)
    return out


def shown(content: Optional[bytes]) -> str:
    """Content as a diff shows it: text, or one line that says why not."""
    if not content:
        return ""
    if b"\0" in content[:8192]:
        return f"(binary, {len(content)} bytes, sha1 {hashlib.sha1(content).hexdigest()})\n"
    if len(content) > SHOWN_IN_DIFF:
        return f"({len(content)} bytes, sha1 {hashlib.sha1(content).hexdigest()})\n"
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
    content: Union[bytes, "os.PathLike[str]", str],
    mode: Optional[int] = None,
    owner: Tuple[int, int] = (-1, -1),
    check: Optional[Callable[[str], None]] = None,
    unsafe_writes: bool = False,
) -> None:
    """Put a file in place whole: readers see the old one or the new one, never a part.

    Parameters:
        content: bytes, or the path of a file to copy.
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
    temporary = None
    try:
        handle, temporary = tempfile.mkstemp(prefix=".provision-", suffix=suffix, dir=folder)
        with os.fdopen(handle, "wb") as file:
            if isinstance(content, bytes):
                file.write(content)
            else:
                with open(content, "rb") as source:
                    shutil.copyfileobj(source, file, 1 << 20)
            file.flush()
            if check:
                check(temporary)
            if (uid, gid) != (-1, -1):
                os.fchown(file.fileno(), uid, gid)
            os.fchmod(file.fileno(), mode)
            os.fsync(file.fileno())
        _move(temporary, path, unsafe_writes)
        temporary = None
    except OSError as error:
        raise ModuleFailed(f"cannot write {path}: {error.strerror or error}") from None
    finally:
        if temporary and os.path.exists(temporary):
            os.unlink(temporary)


def _move(temporary: str, path: str, unsafe_writes: bool) -> None:
    try:
        os.replace(temporary, path)
    except OSError as error:
        if not unsafe_writes or error.errno not in (errno.EBUSY, errno.EPERM, errno.EXDEV):
            raise
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

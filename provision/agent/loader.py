"""What ``python -c`` runs on a node to get the agent going: finds or installs its code.

Sent as source text with each start, behind a line that lets an interpreter too old for it say
so (provision.transport.payload), and therefore short.

It is given two arguments: the payload's hash and its files' checksum.
It answers on stdout with one line, ``MAGIC status detail``:

    have          the code is there and imported; frames follow
    need          send the payload: its length (8 bytes, big-endian), then the zip;
                  another line follows
    old 3.5       this Python is too old
    error text    the code can neither be cached nor kept in a temporary directory

The cache is ``~/.cache/provision/agent-HASH/``, belonging to the user and closed to others,
unpacked so that byte code is kept; a directory is complete or absent (rename), and its
content is checked at each start, since a node that lost power may hold empty files.
"""

from __future__ import annotations

import gc
import os
import sys
import zlib
from typing import List, Optional, Tuple

MAGIC = "\nPROVISION-AGENT-1"
KEPT = 3
"""Payloads kept for other versions of the controller."""
IN_USE = 3600
"""Seconds for which a payload counts as in use after an agent started from it."""


def say(status: str, detail: str = "") -> None:
    os.write(1, ("%s %s %s\n" % (MAGIC, status, detail)).encode("utf-8", "replace"))


def checksum(root: str) -> str:
    """Of all .py files' names and content below a directory."""
    value = 0
    names: List[str] = []
    for folder, _, files in os.walk(root):
        names += [os.path.join(folder, name) for name in files if name.endswith(".py")]
    for name in sorted(os.path.relpath(name, root) for name in names):
        with open(os.path.join(root, name), "rb") as file:
            value = zlib.crc32(name.encode("utf-8") + b"\0" + file.read(), value)
    return "%08x" % (value & 0xFFFFFFFF)


def ours(path: str, denied: int) -> bool:
    """Whether it is a directory of this user that denies others these permissions."""
    try:
        found = os.lstat(path)
    except OSError:
        return False
    return (found.st_mode & (0o170000 | denied)) == 0o040000 and found.st_uid == os.geteuid()


def intact(path: str, expected: str) -> bool:
    return ours(path, 0o077) and checksum(path) == expected


def cache_directory() -> Optional[str]:
    """~/.cache/provision, or None where there cannot be one."""
    import pwd

    try:
        home = pwd.getpwuid(os.geteuid()).pw_dir
    except KeyError:
        return None
    if not home.strip("/") or not os.path.isdir(home):
        return None
    path = os.path.join(home, ".cache", "provision")
    try:
        os.makedirs(path, 0o700)
    except OSError:  # it exists, or cannot exist
        pass
    return path if ours(path, 0o022) else None


def receive() -> bytes:
    """The payload from stdin; nothing beyond it, for frames come next."""

    def exactly(size: int) -> bytes:
        data = b""
        while len(data) < size:
            more = os.read(0, min(size - len(data), 1 << 20))
            if not more:
                os._exit(0)
            data += more
        return data

    return exactly(int.from_bytes(exactly(8), "big"))


def unpack(data: bytes, parent: Optional[str]) -> str:
    import io
    import tempfile
    import zipfile

    path = tempfile.mkdtemp(prefix="tmp-agent-", dir=parent)
    try:
        zipfile.ZipFile(io.BytesIO(data)).extractall(path)
    except BaseException:
        remove(path)
        raise
    return path


def remove(path: str) -> None:
    import shutil

    shutil.rmtree(path, ignore_errors=True)


def install(data: bytes, final: str, expected: str) -> None:
    """Into the cache; another agent may be doing the same."""
    path = unpack(data, os.path.dirname(final))
    try:
        os.rename(path, final)
    except OSError:
        if intact(final, expected):
            remove(path)
        else:
            os.rename(final, path + "-broken")
            remove(path + "-broken")
            os.rename(path, final)
    prune(os.path.dirname(final))


def prune(parent: str) -> None:
    """Drop what older controllers and interrupted installations left."""
    import time

    found = []
    for name in os.listdir(parent):
        if not name.startswith(("agent-", "tmp-agent-")):
            continue
        try:
            found.append((os.stat(os.path.join(parent, name)).st_mtime, name))
        except OSError:
            pass
    kept = 0
    for used, name in sorted(found, reverse=True):
        kept += name.startswith("agent-")
        if used < time.time() - IN_USE and (kept > KEPT or name.startswith("tmp-agent-")):
            remove(os.path.join(parent, name))


def scratch(data: bytes) -> str:
    """Where there is no cache: a directory that the agent removes at its end."""
    failure = OSError()
    for parent in (None, "/var/tmp", "/dev/shm", "/run"):
        try:
            return unpack(data, parent)
        except OSError as error:
            failure = error
    raise failure


def load(name: str, expected: str) -> Tuple[str, Optional[str]]:
    """The directory with the code, and whether it must be removed at the end."""
    parent = cache_directory()
    final = parent and os.path.join(parent, "agent-" + name)
    if final and intact(final, expected):
        try:
            os.utime(final, None)
        except OSError:
            pass
        return final, None
    say("need")
    data = receive()
    if final:
        try:
            install(data, final, expected)
            if intact(final, expected):
                return final, None
        except OSError:
            pass
    path = scratch(data)
    return path, path


def start(name: str, expected: str) -> None:
    gc.disable()  # Until the agent has said hello: 2 ms, and nothing of that is garbage.
    os.umask(0o077)
    # What the login shell or sudo still has to say is not for the frames' stream.
    os.dup2(os.open(os.devnull, os.O_RDWR), 2)
    try:
        path, temporary = load(name, expected)
        sys.path.insert(0, path)
        from provision.agent import main
    except Exception as error:  # noqa: BLE001 - the one place to say why there is no agent
        say("error", "%s: %s" % (type(error).__name__, error))
        return
    say("have")
    main.main(temporary)


if __name__ == "__main__":
    start(sys.argv[1], sys.argv[2])

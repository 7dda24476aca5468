"""apt-get, run for nobody at the keyboard, and what it says made short."""

from __future__ import annotations

import os
import re
import time
from contextlib import contextmanager
from typing import Dict, Iterator, List, NamedTuple, Optional, Tuple

from provision.agent import lock_holder
from provision.agent.task import Completed, ModuleTask

ENVIRONMENT = {
    "DEBIAN_FRONTEND": "noninteractive",
    "DEBIAN_PRIORITY": "critical",
    "APT_LISTCHANGES_FRONTEND": "none",
    "LC_ALL": "C.UTF-8",
    "LANGUAGE": "C",
}

LISTS = "/var/lib/apt/lists"
_STAMP = "/var/lib/apt/periodic/update-success-stamp"
_LOCKS = (
    "/var/lib/dpkg/lock-frontend",
    "/var/lib/dpkg/lock",
    LISTS + "/lock",
    "/var/cache/apt/archives/lock",
)
_POLICY = "/usr/sbin/policy-rc.d"
# Not compiled before they are used: what is installed already needs none of them.
_LOCKED = r"Could not get lock|Unable to (?:acquire|lock)|is another process using it"
_TELLING = r"E: |Err:\d|dpkg: error|dpkg-deb: error|subprocess |W: Failed to fetch|gpg"
_PLANNED = r"(?m)^(Inst|Remv|Purg) (\S+)(?: \[([^\]]*)\])?(?: \((\S+))?"


class Planned(NamedTuple):
    """One step of a simulated run: Inst, Remv or Purg; versions None where there is none."""

    action: str
    name: str
    old: Optional[str]
    new: Optional[str]


def run(
    task: ModuleTask, words: List[str], lock_timeout: int, options: Tuple[str, ...] = ()
) -> Completed:
    """Run ``apt-get OPTIONS WORDS``, waiting for others' locks.

    Where an earlier dpkg was interrupted, it is brought to its end first.

    Parameters:
        lock_timeout: seconds to wait for another apt or dpkg.

    Raises:
        ModuleFailed: it failed; the message holds apt's own error lines, ``stdout`` and
            ``stderr`` all of it.
    """
    command = ["apt-get", "-q", "-y", "-o", f"DPkg::Lock::Timeout={lock_timeout}"]
    deadline = time.monotonic() + lock_timeout
    repaired = False
    while True:
        done = task.run([*command, *options, *words], env=ENVIRONMENT)
        if done.rc == 0:
            return done
        if "dpkg was interrupted" in done.stderr and not repaired and not task.check:
            repaired = True
            _finish_interrupted(task, options)
            continue
        # apt waits for dpkg's lock itself, but not for that of the package lists.
        if not re.search(_LOCKED, done.stderr) or time.monotonic() >= deadline:
            break
        time.sleep(1)
    raise task.fail(
        f"apt-get {words[0]} failed: {why(done)}",
        rc=done.rc,
        stdout=done.stdout,
        stderr=done.stderr,
        stdout_lines=done.stdout.splitlines(),
        stderr_lines=done.stderr.splitlines(),
    )


def _finish_interrupted(task: ModuleTask, options: Tuple[str, ...]) -> None:
    """Bring to its end what a dpkg that was killed, or whose node was, had begun."""
    own = [word.partition("=")[2] for word in options if word.startswith("Dpkg::Options::=")]
    done = task.run(["dpkg", *own, "--configure", "-a"], env=ENVIRONMENT)
    if done.rc != 0:
        raise task.fail(
            f"dpkg was interrupted earlier, and dpkg --configure -a fails: {why(done)}",
            rc=done.rc,
            stdout=done.stdout,
            stderr=done.stderr,
        )


def why(done: Completed) -> str:
    """The lines of apt's and dpkg's output that say what went wrong."""
    lines = (done.stdout + "\n" + done.stderr).splitlines()
    telling: List[str] = []
    unmet = False
    for line in lines:
        text = line.strip()
        if "unmet dependencies" in text:
            unmet = True
        elif unmet and line.startswith(" "):
            telling.append(text)
        else:
            unmet = False
            if re.match(
                r"(E: |Err:\d|dpkg: error|dpkg-deb: error|subprocess )", text
            ) or text.startswith("W: Failed to fetch"):
                telling.append(text)
    telling = list(dict.fromkeys(telling)) or [line for line in lines if line.strip()][-3:]
    out = "; ".join(telling[:12]) or f"exit status {done.rc}, and it said nothing"
    hint = _hint(out)
    return f"{out} ({hint})" if hint else out


def _hint(text: str) -> str:
    if re.search(r"Unable to locate package|has no installation candidate", text):
        return (
            "no package list that this node has fetched knows it: set update_cache=true, "
            "and check the name and the repositories"
        )
    if re.search(r"Version '.*' for '.*' was not found", text):
        return "apt-cache policy NAME on the node lists the versions there are"
    if re.search(r"404 +Not Found|Failed to fetch", text):
        return "the package lists may be out of date, set update_cache=true; or the mirror is down"
    if re.search(_LOCKED, text):
        holder = lock_holder.find(_LOCKS) or "another apt or dpkg is running"
        return f"{holder}; lock_timeout says how long to wait for it"
    return ""


def planned(output: str) -> List[Planned]:
    """The steps in the output of ``apt-get --simulate``."""
    out = []
    for action, name, old, new in re.findall(_PLANNED, output):
        out.append(Planned(action, name, old or None, new or None))
    return out


def fetched_at() -> int:
    """When the package lists were last fetched, seconds since the epoch; 0 for never."""
    for path in (_STAMP, LISTS):
        try:
            if path == LISTS and not any("_" in name for name in os.listdir(LISTS)):
                continue
            return int(os.stat(path).st_mtime)
        except OSError:
            continue
    return 0


def _lists() -> Dict[str, int]:
    """The files of the package lists, and when they were changed."""
    try:
        with os.scandir(LISTS) as entries:
            files = [entry for entry in entries if entry.is_file() and entry.name != "lock"]
            return {entry.name: entry.stat().st_mtime_ns for entry in files}
    except OSError:
        return {}


def update(task: ModuleTask, retries: int, max_delay: int, lock_timeout: int) -> bool:
    """Fetch the package lists, again if that fails.

    Parameters:
        retries: further attempts after the first.
        max_delay: the longest pause between attempts, seconds; pauses double from one second.

    Returns:
        Whether there was anything new.

    Raises:
        ModuleFailed: it failed each time.
    """
    before = _lists()
    for attempt in range(retries + 1):
        done = task.run(
            ["apt-get", "-q", "-o", f"DPkg::Lock::Timeout={lock_timeout}", "update"],
            env=ENVIRONMENT,
        )
        # apt-get ends well even where a repository did not answer, with this to be seen.
        if done.rc == 0 and "W: Failed to fetch" not in done.stderr:
            # It leaves the time alone when nothing was new; cache_valid_time goes by it.
            os.utime(LISTS)
            if os.path.exists(_STAMP):
                os.utime(_STAMP)
            return _lists() != before
        if attempt < retries:
            time.sleep(min(2**attempt, max_delay))
    raise task.fail(
        f"apt-get update failed {retries + 1} times: {why(done)}",
        rc=done.rc,
        stdout=done.stdout,
        stderr=done.stderr,
    )


@contextmanager
def policy(status: Optional[int]) -> Iterator[None]:
    """While packages are installed, have invoke-rc.d get this answer from policy-rc.d.

    Parameters:
        status: its exit status (101: start no service); None leaves it alone.
    """
    if status is None:
        yield
        return
    kept = None
    if os.path.lexists(_POLICY):
        kept = _POLICY + ".provision"
        os.rename(_POLICY, kept)
    try:
        handle = os.open(_POLICY, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o755)
        os.write(handle, f"#!/bin/sh\nexit {int(status)}\n".encode())
        os.fchmod(handle, 0o755)
        os.close(handle)
        yield
    finally:
        if os.path.lexists(_POLICY):
            os.unlink(_POLICY)
        if kept:
            os.rename(kept, _POLICY)


def known_names(task: ModuleTask) -> List[str]:
    """The names of all packages that apt knows."""
    return task.run(["apt-cache", "pkgnames"], env=ENVIRONMENT).stdout.split()


def deb_fields(task: ModuleTask, path: str) -> Dict[str, str]:
    """Package, Version and Architecture of a .deb file. Raises ModuleFailed."""
    done = task.run(["dpkg-deb", "-f", path, "Package", "Version", "Architecture"])
    rows = (line.partition(":") for line in done.stdout.splitlines())
    fields = {key: value.strip() for key, _, value in rows}
    if done.rc != 0 or "Package" not in fields:
        raise task.fail(f"{path} is not a Debian package: {done.stderr.strip()}")
    return fields

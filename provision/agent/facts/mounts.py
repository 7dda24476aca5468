"""``mounts``: file systems on devices, and remote ones; the kernel's own are left out."""

from __future__ import annotations

import os
import threading
import time
from typing import Any, Dict, List, Set

from provision.agent.facts import devices, read

MOUNTS, MOUNTINFO = "/proc/self/mounts", "/proc/self/mountinfo"


def collect(timeout: float) -> List[Dict[str, Any]]:
    """In the kernel's order.

    Parameters:
        timeout: seconds to wait for all file systems' sizes: asking a dead server blocks for
            ever. Such an entry has a ``note`` in place of sizes.
    """
    bound, uuids = _bound(), devices.uuids()
    found = []
    for line in read.lines(MOUNTS):
        device, mount, kind, options, dump, passno = (_plain(part) for part in line.split()[:6])
        if not device.startswith("/") and ":/" not in device:
            continue
        if mount in bound and "bind" not in options.split(","):
            options += ",bind"
        found.append(
            {
                "device": device,
                "mount": mount,
                "fstype": kind,
                "options": options,
                "dump": int(dump),
                "passno": int(passno),
                "uuid": uuids.get(os.path.basename(os.path.realpath(device)), "N/A"),
            }
        )
    _add_sizes(found, time.monotonic() + timeout)
    return found


def _bound() -> Set[str]:
    """Where no file system's root is mounted but something in it."""
    rows = (line.split() for line in read.lines(MOUNTINFO))
    return {_plain(row[4]) for row in rows if len(row) > 4 and row[3] != "/"}


def _add_sizes(entries: List[Dict[str, Any]], end: float) -> None:
    sizes: Dict[str, Dict[str, int]] = {}
    # A local disk answers at once; each of the others is asked by a thread that may stay behind.
    waiting = [_ask(e["mount"], sizes) for e in entries if not e["device"].startswith("/dev/")]
    for entry in entries:
        if entry["device"].startswith("/dev/"):
            entry.update(_sizes(entry["mount"]))
    for thread in waiting:
        thread.join(max(0.0, end - time.monotonic()))
    for entry in entries:
        if not entry["device"].startswith("/dev/"):
            entry.update(sizes.get(entry["mount"], {"note": "it did not tell its size in time"}))


def _ask(mount: str, sizes: Dict[str, Dict[str, int]]) -> threading.Thread:
    thread = threading.Thread(target=lambda: sizes.update({mount: _sizes(mount)}), daemon=True)
    thread.start()
    return thread


def _sizes(mount: str) -> Dict[str, int]:
    try:
        state = os.statvfs(mount)
    except OSError:
        return {}
    return {
        "size_total": state.f_frsize * state.f_blocks,
        "size_available": state.f_frsize * state.f_bavail,
        "block_size": state.f_bsize,
        "block_total": state.f_blocks,
        "block_available": state.f_bavail,
        "block_used": state.f_blocks - state.f_bavail,
        "inode_total": state.f_files,
        "inode_available": state.f_favail,
        "inode_used": state.f_files - state.f_favail,
    }


def _plain(text: str) -> str:
    for code, char in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, char)
    return text

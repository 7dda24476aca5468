"""Modules that go on when nobody waits for them: ``async`` with ``poll: 0``.

A job is a process of its own, so that it outlives the agent and the connection. What comes of it
is in a file, in the format of Ansible's, so that whoever comes later may ask either way:
https://docs.ansible.com/ansible/latest/collections/ansible/builtin/async_status_module.html
"""

from __future__ import annotations

import json
import os
import signal
from typing import Any, Callable, Dict


def start(directory: str, work: Callable[[], Dict[str, Any]]) -> Dict[str, Any]:
    """Do ``work`` in a process of its own; what a task that has begun registers.

    Parameters:
        directory: for the file with the result; made if need be.
        work: gives the result. What was imported before is not imported again.

    Raises:
        OSError: the file cannot be written, or there can be no more processes.
    """
    folder = os.path.expanduser(directory)
    os.makedirs(folder, 0o700, exist_ok=True)
    number = int.from_bytes(os.urandom(8), "big") % 10**12
    jid = f"j{number}.{os.getpid()}"
    path = os.path.join(folder, jid)
    begun = {"started": True, "finished": False, "ansible_job_id": jid}
    _write(path, begun)
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        return dict(begun, results_file=path, changed=True)
    status = 1
    try:
        os.setsid()
        if os.fork() == 0:  # now nobody's child, and out of reach of whoever kills ours
            _detach()
            _write(path, work())
        status = 0
    finally:
        os._exit(status)
    raise AssertionError("not reached")


def _detach() -> None:
    """Nothing of the agent's: neither its channel nor what it does about signals."""
    for name in os.listdir("/proc/self/fd"):
        if int(name) > 2:
            try:
                os.close(int(name))
            except OSError:  # the one that listed them
                pass
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


def _write(path: str, result: Dict[str, Any]) -> None:
    """The file whole or not at all, for its owner only: a result may hold secrets."""
    unfinished = path + ".tmp"
    number = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(number, "w", encoding="utf-8", errors="surrogateescape") as file:
        json.dump(result, file)
    os.rename(unfinished, path)

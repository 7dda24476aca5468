"""Programs started on behalf of a task, none of which outlives the agent."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from typing import Callable, Dict, List, Mapping, Optional, Set, Tuple, Union

_running: Set[int] = set()
_lock = threading.Lock()


def run(
    command: Union[str, List[str]],
    cwd: Optional[str],
    stdin: Optional[str],
    env: Mapping[str, str],
    executable: Optional[str],
    emit: Callable[[str], None],
) -> Tuple[int, str, str]:
    """Run to the end; (exit status, stdout, stderr). Raises OSError if it cannot start."""
    shell = isinstance(command, str)
    environment: Dict[str, str] = dict(os.environ, **env)
    child = subprocess.Popen(
        command,
        shell=shell,
        executable=executable or ("/bin/sh" if shell else None),
        cwd=cwd,
        env=environment,
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )
    with _lock:
        _running.add(child.pid)
    try:
        out, err = child.communicate(None if stdin is None else stdin.encode())
    except BaseException:
        kill_group(child.pid)
        child.wait()
        raise
    finally:
        with _lock:
            _running.discard(child.pid)
    return child.returncode, _text(out), _text(err)


def kill_all() -> None:
    """Kill every program still running, with all it started."""
    with _lock:
        pids = list(_running)
    for pid in pids:
        kill_group(pid)


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")

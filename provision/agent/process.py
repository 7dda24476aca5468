"""Programs started on behalf of a task, none of which outlives the agent."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import threading
import time
from typing import Callable, Dict, Iterator, List, Mapping, Optional, Set, Tuple, Union

CHUNK = 65536
POLL_FIRST, POLL_LAST = 0.01, 0.2
"""Seconds between looks at whether the program itself has ended while its pipes stay open."""
DRAIN = 0.05
"""Seconds of silence after which an ended program's pipes, kept open by a child, are left."""

QUIET = 2.0
"""Seconds after which a program that has written nothing is named to who watches."""

_running: Set[int] = set()
# Re-entrant: a signal's handler may need it while the interrupted code holds it.
_lock = threading.RLock()
_closing = False


def run(
    command: Union[str, List[str]],
    cwd: Optional[str],
    stdin: Optional[str],
    env: Mapping[str, str],
    executable: Optional[str],
    emit: Callable[[str], None],
) -> Tuple[int, str, str]:
    """Run to the end; (exit status, stdout, stderr). Raises OSError if it cannot start.

    Whole lines go to ``emit`` as they arrive. A background child that inherits the pipes does
    not hold up the return: what it writes later is not read.
    """
    shell = isinstance(command, str)
    environment: Dict[str, str] = dict(os.environ, **env)
    with _lock:
        if _closing:
            raise OSError("the agent is closing")
        child = subprocess.Popen(
            command,
            shell=shell,
            executable=executable or ("/bin/sh" if shell else None),
            cwd=cwd,
            env=environment,
            stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            start_new_session=True,
        )
        _running.add(child.pid)
    try:
        name = command if isinstance(command, str) else " ".join(command)
        out, err = _communicate(child, b"" if stdin is None else stdin.encode(), emit, name)
        child.wait()
    except BaseException:
        kill_tree(child.pid)
        child.wait()
        raise
    finally:
        with _lock:
            _running.discard(child.pid)
        for pipe in (child.stdin, child.stdout, child.stderr):
            if pipe is not None:
                pipe.close()
    return child.returncode, out.text(), err.text()


class _Capture:
    """One output stream: everything kept, whole lines passed on."""

    def __init__(self, emit: Callable[[str], None]) -> None:
        self.emit = emit
        self.parts: List[bytes] = []
        self.line = b""

    def feed(self, data: bytes) -> None:
        self.parts.append(data)
        whole, newline, rest = data.rpartition(b"\n")
        if newline:
            self.emit(_text(self.line + whole + newline))
            self.line = rest
        else:
            self.line += data

    def finish(self) -> None:
        if self.line:
            self.emit(_text(self.line))

    def text(self) -> str:
        return _text(b"".join(self.parts))


def _communicate(
    child: subprocess.Popen[bytes], stdin: bytes, emit: Callable[[str], None], name: str
) -> Tuple[_Capture, _Capture]:
    captures = (_Capture(emit), _Capture(emit))
    quiet_until: Optional[float] = time.monotonic() + QUIET
    with selectors.DefaultSelector() as selector:
        for pipe, capture in zip((child.stdout, child.stderr), captures):
            assert pipe is not None
            selector.register(pipe, selectors.EVENT_READ, capture)
        if child.stdin is not None:
            os.set_blocking(child.stdin.fileno(), False)
            selector.register(child.stdin, selectors.EVENT_WRITE, None)
        pause, ended = POLL_FIRST, False
        # stdin alone does not keep us: a program may exit without having read it all.
        while any(key.data is not None for key in selector.get_map().values()):
            ready = selector.select(DRAIN if ended else pause)
            for key, _ in ready:
                if key.data is None:
                    stdin = _feed(selector, child, stdin)
                    continue
                data = os.read(key.fd, CHUNK)
                if data:
                    key.data.feed(data)
                else:
                    selector.unregister(key.fileobj)
            if ended and not any(key.data for key, _ in ready):
                break
            if quiet_until is not None and any(capture.parts for capture in captures):
                quiet_until = None
            elif quiet_until is not None and time.monotonic() >= quiet_until:
                emit("running: " + " ".join(name.split())[:200] + "\n")
                quiet_until = None
            pause = POLL_FIRST if ready else min(pause * 2, POLL_LAST)
            ended = ended or (not ready and child.poll() is not None)
    for capture in captures:
        capture.finish()
    return captures


def _feed(selector: selectors.BaseSelector, child: subprocess.Popen[bytes], data: bytes) -> bytes:
    assert child.stdin is not None
    try:
        written = os.write(child.stdin.fileno(), data[:CHUNK])
    except BlockingIOError:
        return data
    except BrokenPipeError:
        written = len(data)
    if written >= len(data):
        selector.unregister(child.stdin)
        child.stdin.close()
    return data[written:]


def kill_all(closing: bool = False) -> None:
    """Kill every program still running, with all it started, daemonised or not.

    Parameters:
        closing: refuse to start any more.
    """
    global _closing
    with _lock:
        _closing = _closing or closing
        pids = list(_running)
    descendants = list(_descendants(os.getpid()))
    for pid in pids:
        kill_group(pid)
    _kill(descendants)


def kill_tree(pid: int) -> None:
    """Kill a program's process group and its children, those in other groups too."""
    descendants = list(_descendants(pid))  # once it is dead they are nobody's
    kill_group(pid)
    _kill(descendants)


def kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass


def _kill(pids: List[int]) -> None:
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass


def _descendants(root: int) -> Iterator[int]:
    """Those that left their process group (setsid) are still somebody's children."""
    children: Dict[int, List[int]] = {}
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        try:
            with open("/proc/" + entry + "/stat", "rb") as file:
                # The name in parentheses may itself hold parentheses and spaces.
                parent = int(file.read().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            continue
        children.setdefault(parent, []).append(int(entry))
    pending = list(children.get(root, ()))
    while pending:
        pid = pending.pop()
        yield pid
        pending.extend(children.get(pid, ()))


def _text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")

"""Vagrant's command line through python-vagrant, with what that lacks: time-outs and its words."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import tempfile
import threading
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from vagrant import Vagrant

from provision.errors import MachineError

QUERY_TIMEOUT = 120
"""Seconds for commands that only look. Ruby alone takes some on a busy machine."""

# Seconds between asking Vagrant to stop, so that it lets go of its locks, and killing it.
_GRACE = 20

# Seconds between two looks at what Vagrant has written.
_LOOK = 0.2

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")

_EMULATE = "--driver-option provider=libvirt --driver-option virtualization=qemu"
_NO_VT_X = r"VT-x is not available|VERR_VMX_NO_VMX|AMD-V|VERR_SVM|hardware virtualization"
_NO_BOX = (
    r"box '.*' could not be found|Failed to (?:download|open)|Could ?n.t resolve host"
    r"|An error occurred while downloading|box metadata"
)
_HINTS = {
    _NO_VT_X: f"switch on VT-x or AMD-V (in a VM: nested virtualization), or emulate: {_EMULATE}",
    r"could not access KVM|/dev/kvm|KVM kernel module": f"without KVM, emulate: {_EMULATE}",
    _NO_BOX: "make a box here with `provision image box` and name it with --image FILE",
    r"Failed to connect to socket|virConnectOpen failed": "start libvirt: systemctl start libvirtd",
    r"not within the allowed\s+ranges": "VirtualBox allows 192.168.56.0/21: a --subnet there",
    r"already exists|already taken": "something else has that name: another --cluster name",
    r"Timed out while waiting for the machine": "give it longer: --driver-option boot-timeout=1800",
    r"not enough space|No space left": "free space on the disk, or a smaller --disk",
}
"""What to do about what Vagrant says."""


class Command(Vagrant):
    """``vagrant`` in one directory; every run ends, one way or another.

    It writes to files and not to pipes: if this process is killed, Vagrant finishes what it is at.
    With a pipe that nobody reads any more it never ends, and keeps its locks (seen with 2.3.4).

    Parameters:
        root: where the Vagrantfile is.
        environment: all of it.
        timeout: seconds for commands that change something.
        log: where all that Vagrant says is appended.
        locks: descriptors of locks that Vagrant goes on holding if this process is killed.
    """

    def __init__(
        self,
        root: Path,
        environment: Mapping[str, str],
        timeout: float,
        log: Path,
        locks: Sequence[int] = (),
    ) -> None:
        super().__init__(root=str(root), env=dict(environment))
        self._timeout = timeout
        self._log = log
        self._locks = locks

    def _call_vagrant_command(self, args: Sequence[str | None]) -> None:
        for _ in self._stream_vagrant_command(args):
            pass

    def _run_vagrant_command(self, args: Sequence[str | None]) -> str:
        command = self._make_vagrant_command(args)
        with tempfile.TemporaryFile() as said, tempfile.TemporaryFile() as complaints:
            try:
                done = subprocess.run(
                    command,
                    cwd=self.root,
                    env=self.env,
                    stdin=subprocess.DEVNULL,
                    stdout=said,
                    stderr=complaints,
                    timeout=QUERY_TIMEOUT,
                    check=False,
                )
            except subprocess.TimeoutExpired:
                raise MachineError(
                    f"`{_shown(command)}` did not answer within {QUERY_TIMEOUT} s",
                    hint=f"is another vagrant at work in {self.root}? `ps -ef | grep vagrant`",
                ) from None
            answer = _whole(said)
            if done.returncode:
                raise failure(command, done.returncode, _whole(complaints) or answer)
        return answer

    def _stream_vagrant_command(self, args: Sequence[str | None]) -> Iterator[str]:
        """Run, and yield what it says line by line."""
        command = self._make_vagrant_command(args)
        # Not in a process group of its own: Ctrl-C reaches Vagrant too, and it cleans up.
        with (
            self._log.open("ab") as log,
            self._log.open("rb") as said,
            tempfile.TemporaryFile() as complaints,
        ):
            said.seek(0, os.SEEK_END)
            with subprocess.Popen(
                command,
                cwd=self.root,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=complaints,
                pass_fds=self._locks,
            ) as process:
                late = threading.Event()
                timer = threading.Timer(self._timeout, _stop, (process, late))
                timer.daemon = True
                timer.start()
                last: deque[str] = deque(maxlen=12)
                try:
                    for raw in _follow(process, said):
                        line = clean(raw)
                        last.append(line)
                        yield line
                finally:
                    timer.cancel()
                    if process.poll() is None:
                        _stop(process, threading.Event())
                    errors = _whole(complaints)
                    log.write(errors.encode())
        if late.is_set():
            raise MachineError(
                f"`{_shown(command)}` was not finished after {self._timeout:g} s and was stopped",
                hint="it was here:\n" + "\n".join(last),
            )
        if process.returncode:
            raise failure(command, process.returncode, errors or "\n".join(last))


def _follow(process: subprocess.Popen[bytes], said: IO[bytes]) -> Iterator[str]:
    """What a process writes to a file, line by line, until it has ended and all is read."""
    begun = b""
    while True:
        ended = process.poll() is not None  # asked first: what it wrote last is there then
        *lines, begun = (begun + said.read()).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")
        if ended:
            break
        if not lines:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(_LOOK)
    if begun:
        yield begun.decode(errors="replace")


def _whole(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def failure(command: Sequence[str], code: int, text: str) -> MachineError:
    """Vagrant's own words as an error, and what to do where that is known."""
    lines = [clean(line) for line in text.splitlines()]
    # Paragraphs about the Ruby that Vagrant runs on help nobody.
    kept = [line for line in lines if line and not re.match(r".*warning: .*\.rb|/\S+\.rb:", line)]
    said = " ".join(" ".join(kept[-14:]).split()) or f"exit code {code}"
    hint = next((hint for pattern, hint in _HINTS.items() if re.search(pattern, said, re.I)), None)
    return MachineError(f"`{_shown(command)}` failed: {said}", hint=hint)


def clean(line: str) -> str:
    """A line without colours, carriage returns and progress meters."""
    return _ESCAPES.sub("", line).replace("\r", "\n").strip("\n").rpartition("\n")[2].rstrip()


def ssh_config(vagrant: Any, name: str) -> dict[str, str]:
    """``vagrant ssh-config``, by lower-case option.

    Raises:
        MachineError: the machine does not run.
    """
    found = vagrant.conf(ssh_config=vagrant.ssh_config(vm_name=name))
    return {str(key).lower(): str(value) for key, value in found.items()}


def _shown(command: Sequence[str]) -> str:
    return " ".join(["vagrant", *command[1:]])


def _stop(process: subprocess.Popen[bytes], late: threading.Event) -> None:
    late.set()
    with contextlib.suppress(ProcessLookupError):
        process.send_signal(signal.SIGINT)
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            process.kill()

"""Programs that some facts are asked of: started together, so that they wait for each other."""

from __future__ import annotations

import os
import subprocess
import time
from typing import Dict, Sequence, Tuple

from provision.agent.which import which

Command = Tuple[str, ...]
PATH = "/usr/sbin:/usr/bin:/sbin:/bin"


class Asked:
    """Answers of programs.

    Parameters:
        timeout: seconds in all; what has not answered by then is killed and has said nothing.
    """

    def __init__(self, timeout: float) -> None:
        self._end = time.monotonic() + timeout
        self.timeout = timeout
        self._running: Dict[Command, "subprocess.Popen[bytes]"] = {}

    def start(self, commands: Sequence[Command]) -> None:
        """Start those that are installed."""
        for command in commands:
            path = which(command[0], path=PATH)
            if path is None or command in self._running:
                continue
            try:
                self._running[command] = subprocess.Popen(
                    [path, *command[1:]],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL,
                    env=dict(os.environ, LC_ALL="C"),
                    start_new_session=True,
                )
            except OSError:
                pass

    def answer(self, command: Command) -> str:
        """What it printed; nothing if it is not installed, failed, or took too long."""
        running = self._running.pop(command, None)
        if running is None:
            return ""
        try:
            out, _ = running.communicate(timeout=max(0.01, self._end - time.monotonic()))
        except subprocess.TimeoutExpired:
            running.kill()
            running.communicate()
            return ""
        return out.decode("utf-8", "replace") if running.returncode == 0 else ""

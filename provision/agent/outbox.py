"""Frames on their way to the controller; those of quick tasks travel together.

Each write becomes a packet: sshd encrypts it and the controller takes it apart, which costs more
than most of the tasks sent ahead take. Of 48 replies a dozen packets are left.
"""

from __future__ import annotations

import os
import threading
import time
from typing import Callable

HOLD = 0.005
"""Seconds that a frame waits for the next at most."""
FULL = 32768
"""Bytes that are sent at once."""


class Outbox:
    """Parameters:
    channel: the file descriptor to write to.
    gone: called when nobody reads it any more.
    """

    def __init__(self, channel: int, gone: Callable[[], None]) -> None:
        self._channel = channel
        self._gone = gone
        self._lock = threading.Lock()
        self._held = bytearray()
        self._waits = threading.Event()
        threading.Thread(target=self._let_go, daemon=True).start()

    def send(self, frame: bytes, more: bool = False) -> None:
        """Write a frame after those that wait.

        Parameters:
            more: the next is about to come, so that this one may wait for it.
        """
        with self._lock:
            if len(self._held) + len(frame) >= FULL:
                self._write()
                self._write_out(memoryview(frame))
                return
            self._held += frame
            if more:
                self._waits.set()
            else:
                self._write()

    def _let_go(self) -> None:
        while True:
            self._waits.wait()
            time.sleep(HOLD)
            self._waits.clear()
            with self._lock:
                self._write()

    def _write(self) -> None:
        held, self._held = self._held, bytearray()
        self._write_out(memoryview(held))

    def _write_out(self, data: memoryview) -> None:
        try:
            while data:
                data = data[os.write(self._channel, data) :]
        except OSError:
            self._gone()

"""Requests without a pause, while something happens."""

from __future__ import annotations

import http.client
import threading
from collections import Counter
from collections.abc import Sequence
from typing import Self


class Hammer:
    """Asks every address over and over until it is stopped.

    Parameters:
        port: of HTTP.
    """

    def __init__(self, addresses: Sequence[str], port: int = 80) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._port = port
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._work, args=(address,)) for address in addresses
        ]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _work(self, address: str) -> None:
        while not self._stop.is_set():
            try:
                status, text = get(address, "/", self._port)
            except OSError as error:
                status, text = 0, str(error)
            with self._lock:
                if status == 200:
                    self.answers[text] += 1
                else:
                    self.failures.append(f"{address}: {status} {text}")
            self._stop.wait(0.02)


def get(
    address: str, path: str, port: int = 80, headers: dict[str, str] | None = None
) -> tuple[int, str]:
    """One request on a connection of its own: status and text.

    Raises:
        OSError: no answer.
    """
    connection = http.client.HTTPConnection(address, port, timeout=30)
    try:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read().decode().strip()
    except http.client.HTTPException as error:
        raise OSError(repr(error)) from None
    finally:
        connection.close()

"""What ``set_stats`` keeps: figures of a run, or of each host."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from typing import Any

from provision.templating.filters.mappings import combine

OF_RUN = ""
"""The name under which figures of no host are."""


class Stats:
    """Figures by host and name; ``OF_RUN`` has those of all hosts together."""

    def __init__(self) -> None:
        self.figures: dict[str, dict[str, Any]] = {}
        self._lock = threading.Lock()

    def keep(self, hosts: Iterable[str], data: Mapping[str, Any], aggregate: bool) -> None:
        """Set figures, or add to those that are there, as far as the types agree."""
        with self._lock:
            for host in hosts:
                known = self.figures.setdefault(host, {})
                for name, value in data.items():
                    known[name] = _sum(known, name, value) if aggregate else value


def _sum(known: Mapping[str, Any], name: str, value: Any) -> Any:
    if name not in known:
        return value
    old = known[name]
    if isinstance(old, Mapping) and isinstance(value, Mapping):
        return combine(old, value, recursive=True)
    same = any(isinstance(old, k) and isinstance(value, k) for k in (int, float, str, list))
    return old + value if same else old

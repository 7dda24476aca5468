"""Removes what a probe that was killed has left in the cluster.

By age, so that two verifications at once do not take away each other's.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from provision.verify.probes.base import ClusterView, NoAnswer, Node
from provision.verify.probes.engine_api import API, LABEL, SOCKET, engine

STALE = 300.0
"""Seconds after which a probe's service or config is a leftover; by the Engine's own clock."""

STALE_KEY = 3600.0
"""Seconds for a KV key, which only carries the clock of whoever wrote it."""


def sweep_swarm(view: ClusterView, manager: Node, kind: str) -> None:
    """Remove stale probe objects; that it fails is no finding.

    Parameters:
        kind: ``services`` or ``configs``.
    """
    wanted = quote(json.dumps({"label": [LABEL]}))
    try:
        now = _time(engine(view, manager, "/info", "the Engine's time")["SystemTime"])
        listed = engine(view, manager, f"/{kind}?filters={wanted}", f"the probes' {kind}")
        stale = [row["ID"] for row in listed if now - _time(row["CreatedAt"]) > STALE]
    except (NoAnswer, KeyError, TypeError, ValueError):
        return
    for identity in stale:
        view.run(
            manager,
            *("curl", "-sS", "--max-time", "10", *SOCKET),
            *("-X", "DELETE", f"{API}/{kind}/{identity}"),
        )


def _time(text: str) -> float:
    moment = datetime.fromisoformat(text)
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def stale_keys(keys: Iterable[Any]) -> list[str]:
    """Those of ``provision/probe/SECONDS-RANDOM`` that were written long ago."""
    found = []
    for key in map(str, keys):
        written, dash, _ = key.rsplit("/", 1)[-1].partition("-")
        if dash and written.isdigit() and time.time() - int(written) > STALE_KEY:
            found.append(key)
    return found

"""Durations as Consul's parameters take them (Go's notation)."""

from __future__ import annotations

import re
from typing import Any, Optional

from provision.agent.docker.units import nanoseconds


def duration(param: str, value: Any) -> Optional[str]:
    """``15s`` or ``1m30s``; a bare number is seconds. None stays None.

    Raises:
        ModuleFailed: it is neither.
    """
    if value is None:
        return None
    text = str(value).strip()
    if re.match(r"^\d+(\.\d+)?$", text):
        text += "s"
    nanoseconds(param, text)
    return text


def same_duration(now: Any, wanted: str) -> bool:
    """Whether two durations are alike, however they are written (60s, 1m0s)."""
    try:
        return nanoseconds("", now or "0s") == nanoseconds("", wanted)
    except Exception:  # noqa: BLE001 - what Consul says and we cannot read is not alike
        return False

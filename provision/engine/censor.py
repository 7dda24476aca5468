"""Keeps secrets out of events: what is ``no_log`` and what a secret parameter holds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

HIDDEN = "********"
CENSORED = "the output has been hidden because 'no_log: true' was specified for this result"

_KEPT = ("changed", "failed", "skipped", "unreachable", "attempts", "retries")


def hide_all(result: Mapping[str, Any]) -> dict[str, Any]:
    """What may be shown of a ``no_log`` result: that it happened, and how it ended."""
    shown: dict[str, Any] = {"censored": CENSORED}
    shown.update({key: result[key] for key in _KEPT if key in result})
    if result.get("unreachable"):
        # Why a host cannot be reached is the connection's word, and nothing of the task's.
        shown["msg"] = result.get("msg", "")
    return shown


def hide_values(value: Any, secrets: Sequence[str]) -> Any:
    """``value`` with every occurrence of the secrets replaced, at any depth.

    Parameters:
        secrets: plain texts; the longest are replaced first, so that one that holds another
            leaves no rest.
    """
    if not secrets:
        return value
    return _hide(value, sorted(set(secrets), key=len, reverse=True))


def _hide(value: Any, secrets: Sequence[str]) -> Any:
    if isinstance(value, str):
        for secret in secrets:
            if secret in value:
                value = value.replace(secret, HIDDEN)
        return value
    if isinstance(value, Mapping):
        return {_hide(key, secrets): _hide(inner, secrets) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_hide(inner, secrets) for inner in value]
    if isinstance(value, int | float) and not isinstance(value, bool) and str(value) in secrets:
        return HIDDEN
    return value

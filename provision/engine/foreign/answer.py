"""What a foreign module printed, as a result."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from provision.engine.results import Result

_TYPE = "__ansible_type"


def result_of(name: str, ended: Mapping[str, Any]) -> Result:
    """Parameters:
    ended: the agent's report: rc, module_stdout, module_stderr.
    """
    printed = ended["module_stdout"]
    found, junk = _json_in(printed)
    if found is None:
        return _no_result(name, ended)
    result: Result = {
        key: plain(value)
        for key, value in found.items()
        if key != "invocation" and not str(key).startswith("_ansible_")
    }
    if junk:
        result["warnings"] = [*_listed(result.get("warnings")), f"{name} also printed: {junk}"]
    return result


def _json_in(text: str) -> tuple[dict[str, Any] | None, str]:
    """The first object that begins a line, and what else was printed after it."""
    decoder = json.JSONDecoder()
    start = 0
    for line in text.splitlines(keepends=True):
        if line.lstrip().startswith("{"):
            begin = start + len(line) - len(line.lstrip())
            try:
                found, end = decoder.raw_decode(text, begin)
            except (ValueError, RecursionError):
                found = None
            if isinstance(found, dict):
                return found, text[end:].strip()
        start += len(line)
    return None, ""


def _no_result(name: str, ended: Mapping[str, Any]) -> Result:
    said = (ended["module_stderr"] or ended["module_stdout"]).strip()
    last = said.splitlines()[-1] if said else "it printed nothing"
    result: Result = {
        "changed": False,
        "failed": True,
        "msg": f"{name} ended with status {ended['rc']} and without a result: {last}",
        "rc": ended["rc"],
        "module_stdout": ended["module_stdout"],
        "module_stderr": ended["module_stderr"],
    }
    if "Traceback (most recent call last)" in said:
        result["exception"] = said
    return result


def plain(value: Any) -> Any:
    """A value as modules meant it: ansible-core since 2.19 marks the types of some."""
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    if not isinstance(value, dict):
        return value
    kind = value.get(_TYPE)
    if kind is None:
        return {key: plain(inner) for key, inner in value.items()}
    rest = {key: plain(inner) for key, inner in value.items() if key not in (_TYPE, "event")}
    if kind == "DeprecationSummary":
        origin = rest.get("deprecator") or {}
        collection = ".".join(str(origin.get("resolved_name") or "").split(".")[:2])
        return {"msg": _message(value), **rest, "collection_name": collection or None}
    if "event" in value:
        return _message(value)
    return rest.get("value", rest)


def _message(summary: dict[str, Any]) -> str:
    event = summary.get("event")
    return str(event.get("msg") or "") if isinstance(event, dict) else str(event)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]

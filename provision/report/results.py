"""A task's result as a person reads it: what went wrong first, then what helps."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from provision.report.text import as_yaml, clean, indent, one_line

# Said elsewhere, or about the machinery rather than the task.
_NOISE = frozenset(
    {
        "ansible_facts",
        "attempts",
        "censored",
        "changed",
        "delta",
        "diff",
        "end",
        "failed",
        "failed_when_result",
        "invocation",
        "results",
        "skipped",
        "start",
        "stderr_lines",
        "stdout_lines",
        "unreachable",
        "warnings",
    }
)
_HELP_FIRST = ("hint", "location", "cmd", "rc", "stdout", "stderr", "exception")
_MOST_LINES = 60
_TRACEBACKS = 3
"""The verbosity from which they are shown."""


def message(result: Mapping[str, Any]) -> str:
    """The sentence that a result says of itself; "" if none."""
    said = result.get("msg")
    if said is None or said == "":
        return ""
    return clean(said) if isinstance(said, str) else one_line(said)


def failure_message(result: Mapping[str, Any]) -> str:
    """Why a task failed, in one or several lines; never empty."""
    said = message(result)
    if said:
        return said
    failed = [
        item
        for item in result.get("results") or ()
        if isinstance(item, dict) and item.get("failed")
    ]
    if failed:
        return f"{len(failed)} of {len(result['results'])} items failed"
    if result.get("censored"):
        return clean(str(result["censored"]))
    rc = result.get("rc")
    return f"exit status {rc}" if rc not in (None, 0) else "failed without a message"


def details(result: Mapping[str, Any], verbosity: int = 0) -> list[str]:
    """The rest of a failed result, indented; text blocks for what programs wrote."""
    lines: list[str] = []
    said = message(result)
    for key in _HELP_FIRST:
        value = result.get(key)
        if value in (None, "", [], {}) or (isinstance(value, str) and value.strip() == said):
            continue
        if key == "exception" and verbosity < _TRACEBACKS:
            value = "a traceback, which -vvv shows"
        lines += _entry(key, value, verbosity)
    for key in _others(result):
        value = result[key]
        if value == said or (verbosity == 0 and isinstance(value, (dict, list))):
            continue
        lines += _entry(str(key), value, verbosity)
    return lines


def whole(result: Mapping[str, Any], verbosity: int) -> list[str]:
    """Everything a result holds, as YAML; what is noise only from -vv on."""
    shown = {
        key: value
        for key, value in result.items()
        if not str(key).startswith("_")
        and key != "diff"
        and (verbosity > 1 or not str(key).endswith("_lines"))
    }
    return indent(as_yaml(shown)) if shown else []


def debug_text(result: Mapping[str, Any]) -> str:
    """What a debug task says: its message, or the variable as YAML."""
    if "msg" in result:
        said = result["msg"]
        return clean(said) if isinstance(said, str) else as_yaml(said)
    shown = {key: result[key] for key in _others(result)}
    return as_yaml(shown) if shown else ""


def _others(result: Mapping[str, Any]) -> Iterable[str]:
    for key in result:
        known = key in _NOISE or key in _HELP_FIRST or key == "msg"
        if not known and not str(key).startswith("_"):
            yield key


def _entry(key: str, value: Any, verbosity: int) -> list[str]:
    if key == "cmd" and isinstance(value, (list, tuple)):
        value = " ".join(str(part) for part in value)
    if not isinstance(value, str):
        return [f"    {key}: {one_line(value)}"]
    text = clean(value).strip("\n")
    if "\n" not in text:
        return [f"    {key}: {text}".rstrip()]
    lines = indent(text, "        ")
    if verbosity == 0 and len(lines) > _MOST_LINES:
        left_out = len(lines) - _MOST_LINES
        lines = [f"        ... {left_out} lines before these; -v shows all", *lines[-_MOST_LINES:]]
    return [f"    {key}:", *lines]

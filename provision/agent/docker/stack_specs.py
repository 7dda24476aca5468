"""Telling a service as the Engine keeps it from the one that a stack wants."""

from __future__ import annotations

import copy
from typing import Any, Dict, List, Mapping, Tuple

from provision.agent.docker.service_fields import without_digest

STACK_LABEL = "com.docker.stack.namespace"
IMAGE_LABEL = "com.docker.stack.image"

# What the Engine does, and in part adds, where a Spec says nothing
_DEFAULTS = {
    "EndpointSpec.Mode": "vip",
    "TaskTemplate.Runtime": "container",
    "TaskTemplate.ForceUpdate": None,
    "TaskTemplate.ContainerSpec.Isolation": "default",
    "TaskTemplate.ContainerSpec.StopGracePeriod": 10 * 10**9,
    "TaskTemplate.RestartPolicy.Condition": "any",
    "TaskTemplate.RestartPolicy.Delay": 5 * 10**9,
    "TaskTemplate.RestartPolicy.MaxAttempts": 0,
    "TaskTemplate.Placement.Platforms": None,
    "TaskTemplate.Placement.MaxReplicas": 0,
    "UpdateConfig.Parallelism": 1,
    "UpdateConfig.FailureAction": "pause",
    "UpdateConfig.Monitor": 5 * 10**9,
    "UpdateConfig.MaxFailureRatio": 0,
    "UpdateConfig.Order": "stop-first",
    "RollbackConfig.Parallelism": 1,
    "RollbackConfig.FailureAction": "pause",
    "RollbackConfig.Monitor": 5 * 10**9,
    "RollbackConfig.MaxFailureRatio": 0,
    "RollbackConfig.Order": "stop-first",
}
_MODE = {"Replicated": {"Replicas": 1}, "Global": {}}
Changes = Dict[str, Tuple[Any, Any]]


def differences(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> Changes:
    """What differs: dotted path -> (now, wanted)."""
    held, asked = _flat(now), _flat(wanted)
    image = "TaskTemplate.ContainerSpec.Image"
    # A client may have pinned the digest of the very image that is asked for by name.
    if "@" not in str(asked.get(image)):
        held[image] = without_digest(held.get(image))
    return {
        path: (held.get(path), asked.get(path))
        for path in sorted(set(held) | set(asked))
        if held.get(path) != asked.get(path)
    }


def updated(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> Dict[str, Any]:
    """The Spec to post: what is wanted, but for what counts the Engine's restarts."""
    out = copy.deepcopy(dict(wanted))
    forced = (now.get("TaskTemplate") or {}).get("ForceUpdate")
    if forced:
        out["TaskTemplate"]["ForceUpdate"] = forced
    return out


def other_mode(now: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Whether the mode differs, which no update can change."""
    return set(now.get("Mode") or {}) != set(wanted.get("Mode") or {})


def references(spec: Mapping[str, Any], kind: str) -> List[str]:
    """The IDs of the secrets or configs that a Spec uses.

    Parameters:
        kind: ``secrets`` or ``configs``.
    """
    title = kind[:-1].capitalize()
    box = (spec.get("TaskTemplate") or {}).get("ContainerSpec") or {}
    return [str(each.get(title + "ID")) for each in box.get(title + "s") or ()]


def _flat(spec: Mapping[str, Any]) -> Dict[str, Any]:
    out: Dict[str, Any] = {}

    def put(path: str, value: Any) -> None:
        if isinstance(value, Mapping) and value:
            for key, inner in value.items():
                # A label's own dots are no steps.
                put(f"{path}.{key}" if path else str(key), inner)
        elif value not in (None, "", [], {}, False) and path not in _DEFAULTS:
            out[path] = _pruned(value)
        elif _DEFAULTS.get(path) is not None and value not in (None, "", _DEFAULTS[path]):
            out[path] = value

    put("", spec)
    for mode, body in (spec.get("Mode") or {}).items():
        full = {**_MODE.get(mode, {}), **(body or {})}
        out[f"Mode.{mode}"] = full
        for key in full:
            out.pop(f"Mode.{mode}.{key}", None)
    return out


def _pruned(value: Any) -> Any:
    """A list's entries without what says nothing."""
    if isinstance(value, Mapping):
        kept = {key: _pruned(inner) for key, inner in value.items()}
        return {k: v for k, v in kept.items() if v not in (None, "", [], {}, False)}
    if isinstance(value, list):
        return [_pruned(inner) for inner in value]
    return value

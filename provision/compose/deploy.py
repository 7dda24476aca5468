"""A service's ``deploy``: how many tasks, where, with what, and how they are replaced.

Source: https://docs.docker.com/reference/compose-file/deploy/
"""

from __future__ import annotations

from typing import Any

from provision.compose.section import Section, given
from provision.errors import DataError

KEYS = (
    "endpoint_mode", "labels", "mode", "placement", "replicas", "resources", "restart_policy",
    "rollback_config", "update_config",
)  # fmt: skip
_MODES = ("replicated", "global", "replicated-job", "global-job")


def mode(wanted: Section) -> dict[str, Any]:
    """The Spec's Mode."""
    name = wanted.choice("mode", _MODES) or "replicated"
    replicas = wanted.number("replicas", 0)
    if name.startswith("global") and replicas is not None:
        raise DataError(
            f"{wanted.name}.replicas: a {name} service has as many tasks as there are nodes",
            at=wanted.place("replicas"),
        )
    count = 1 if replicas is None else replicas
    if name == "replicated":
        return {"Replicated": {"Replicas": count}}
    if name == "global":
        return {"Global": {}}
    if name == "replicated-job":
        return {"ReplicatedJob": {"MaxConcurrent": count, "TotalCompletions": count}}
    return {"GlobalJob": {}}


def rollout(wanted: Section, key: str) -> dict[str, Any] | None:
    """UpdateConfig or RollbackConfig, as the key says."""
    if key not in wanted:
        return None
    config = wanted.section(key)
    config.only(("parallelism", "delay", "failure_action", "monitor", "max_failure_ratio", "order"))
    actions = ("continue", "pause", "rollback") if key == "update_config" else ("continue", "pause")
    parallelism = config.number("parallelism", 0)
    return given(
        Parallelism=1 if parallelism is None else parallelism,
        Delay=config.duration("delay"),
        FailureAction=config.choice("failure_action", actions),
        Monitor=config.duration("monitor"),
        MaxFailureRatio=config.fraction("max_failure_ratio"),
        Order=config.choice("order", ("stop-first", "start-first")),
    )


def restart_policy(wanted: Section) -> dict[str, Any] | None:
    """The Spec's RestartPolicy."""
    if "restart_policy" not in wanted:
        return None
    policy = wanted.section("restart_policy")
    policy.only(("condition", "delay", "max_attempts", "window"))
    return given(
        Condition=policy.choice("condition", ("none", "on-failure", "any")),
        Delay=policy.duration("delay"),
        MaxAttempts=policy.number("max_attempts", 0),
        Window=policy.duration("window"),
    )


def placement(wanted: Section) -> dict[str, Any] | None:
    """The Spec's Placement."""
    if "placement" not in wanted:
        return None
    where = wanted.section("placement")
    where.only(("constraints", "preferences", "max_replicas_per_node"))
    preferences = []
    for position, entry in enumerate(where.items("preferences")):
        each = Section(entry, f"{where.name}.preferences[{position}]", where.place("preferences"))
        each.only(("spread",))
        preferences.append({"Spread": {"SpreadDescriptor": each.text("spread") or ""}})
    return given(
        Constraints=where.texts("constraints") or None,
        Preferences=preferences or None,
        MaxReplicas=where.number("max_replicas_per_node", 0),
    )


def resources(wanted: Section) -> dict[str, Any] | None:
    """The Spec's Resources."""
    if "resources" not in wanted:
        return None
    both = wanted.section("resources")
    both.only(("limits", "reservations"))
    limits, reservations = both.section("limits"), both.section("reservations")
    limits.only(("cpus", "memory", "pids"))
    reservations.only(("cpus", "memory", "generic_resources"))
    return given(
        Limits=given(**_amounts(limits), Pids=limits.number("pids", 0)) or None,
        Reservations=given(**_amounts(reservations), GenericResources=_generic(reservations))
        or None,
    )


def _amounts(section: Section) -> dict[str, Any]:
    cpus = section.fraction("cpus")
    return {
        "NanoCPUs": None if cpus is None else round(cpus * 10**9),
        "MemoryBytes": section.size("memory"),
    }


def _generic(section: Section) -> list[dict[str, Any]] | None:
    out = []
    for position, entry in enumerate(section.items("generic_resources")):
        each = Section(entry, f"{section.name}.generic_resources[{position}]", section.at)
        each.only(("discrete_resource_spec",))
        counted = each.section("discrete_resource_spec")
        counted.only(("kind", "value"))
        kind, value = counted.text("kind"), counted.number("value", 0)
        if kind is None or value is None:
            raise DataError(f"{counted.name} needs kind and value", at=counted.at)
        out.append({"DiscreteResourceSpec": {"Kind": kind, "Value": value}})
    return out or None

"""A service's settings: each one's place in the Engine's Spec, default and comparable form.

A field's *form* is what is compared, shown in diffs and returned: close to how the parameter
is written, but durations in nanoseconds, sizes in bytes, and sets sorted.
"""

from __future__ import annotations

import re
import shlex
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from provision.agent.docker.image_names import full_name, is_id
from provision.agent.docker.units import nanoseconds, size
from provision.agent.task import ModuleFailed

Form = Callable[[str, Any], Any]


class Field(NamedTuple):
    """One setting.

    Parameters:
        param: the parameter, ``group.option`` for an option of a dict.
        path: where it is in the Spec.
        form: (parameter's name, its value) -> form.
        default: the form where the Spec says nothing, which is what the Engine then does.
        encode: form -> what the Spec holds.
        decode: what the Spec holds -> form.
    """

    param: str
    path: Tuple[str, ...]
    form: Form
    default: Any = None
    encode: Callable[[Any], Any] = lambda value: value
    decode: Callable[[Any], Any] = lambda value: value

    def wanted(self, args: Mapping[str, Any]) -> Any:
        """The form of what is asked for; None if nothing is."""
        value: Any = args
        for part in self.param.split("."):
            value = (value or {}).get(part)
        return None if value is None else self.form(self.param, value)

    def read(self, spec: Mapping[str, Any]) -> Any:
        """The form of what a Spec says."""
        value: Any = spec
        for step in self.path:
            value = (value or {}).get(step)
        return self.default if value in (None, [], {}, "") else self.decode(value)

    def write(self, spec: Dict[str, Any], form: Any) -> None:
        """Put a form into a Spec."""
        place = spec
        for step in self.path[:-1]:
            if place.get(step) is None:
                place[step] = {}
            place = place[step]
        place[self.path[-1]] = self.encode(form)


def _same(param: str, value: Any) -> Any:
    return value


def _words(param: str, value: Any) -> List[str]:
    return shlex.split(value) if isinstance(value, str) else [_text(item) for item in value]


def _sorted(param: str, value: Any) -> List[str]:
    return sorted(_text(item) for item in value)


def _texts(param: str, value: Mapping[str, Any]) -> Dict[str, str]:
    return {str(key): _text(item) for key, item in value.items()}


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def environment(param: str, value: Any) -> List[str]:
    """``KEY=value`` lines, sorted, from a dict or a list."""
    if isinstance(value, dict):
        return sorted(f"{key}={'' if item is None else _text(item)}" for key, item in value.items())
    return _sorted(param, [value] if isinstance(value, str) else value)


def _cpus(param: str, value: Any) -> float:
    return round(float(value), 9)


def _nanocpus(form: float) -> int:
    return round(form * 10**9)


def _from_nanocpus(held: int) -> float:
    return round(held / 10**9, 9)


def _image(param: str, value: Any) -> str:
    return str(value) if is_id(str(value)) else full_name(str(value))


def _health_test(param: str, value: Any) -> List[str]:
    if isinstance(value, str):
        return ["NONE"] if value == "NONE" else ["CMD-SHELL", value]
    return [_text(item) for item in value]


def ulimits(param: str, value: List[str]) -> List[Dict[str, Any]]:
    """``name:soft[:hard]`` entries as the Engine has them, by name.

    Raises:
        ModuleFailed: an entry is not of that form.
    """
    out = []
    for entry in value:
        parts = str(entry).split(":")
        numbers = parts[1:]
        if len(parts) not in (2, 3) or not all(re.match(r"^-?\d+$", each) for each in numbers):
            raise ModuleFailed(f"{param}: '{entry}' is not name:soft or name:soft:hard")
        out.append({"Name": parts[0], "Soft": int(numbers[0]), "Hard": int(numbers[-1])})
    return sorted(out, key=lambda each: str(each["Name"]))


def _generic(param: str, value: Mapping[str, Any]) -> Dict[str, int]:
    return {str(kind): int(count) for kind, count in value.items()}


def _encode_generic(form: Mapping[str, int]) -> List[Any]:
    return [{"DiscreteResourceSpec": {"Kind": k, "Value": v}} for k, v in sorted(form.items())]


def _decode_generic(held: List[Mapping[str, Any]]) -> Dict[str, int]:
    counted = [each.get("DiscreteResourceSpec") or {} for each in held]
    return {each["Kind"]: each["Value"] for each in counted if "Kind" in each}


def _capabilities(param: str, value: Any) -> List[str]:
    names = {_text(item).upper() for item in value}
    return sorted(n if n == "ALL" or n.startswith("CAP_") else f"CAP_{n}" for n in names)


def _held_capabilities(held: List[str]) -> List[str]:
    return _capabilities("", held)


def _hosts(param: str, value: Mapping[str, Any]) -> List[str]:
    return sorted(f"{address} {name}" for name, address in value.items())


def _preferences(param: str, value: List[Mapping[str, Any]]) -> List[str]:
    return [str(each.get("spread", "")) for each in value]


def _spread(forms: List[str]) -> List[Any]:
    return [{"Spread": {"SpreadDescriptor": each}} for each in forms]


def _unspread(held: List[Mapping[str, Any]]) -> List[str]:
    return [(each.get("Spread") or {}).get("SpreadDescriptor", "") for each in held]


_TASK = ("TaskTemplate",)
_BOX = ("TaskTemplate", "ContainerSpec")


def _box(param: str, key: str, form: Form = _same, default: Any = None) -> Field:
    return Field(param, (*_BOX, key), form, default)


def _rollout(group: str, key: str, failure: str) -> List[Field]:
    """UpdateConfig and RollbackConfig have the same shape."""
    return [
        Field(group + ".parallelism", (key, "Parallelism"), _same, 1),
        Field(group + ".delay", (key, "Delay"), nanoseconds, 0),
        Field(group + ".failure_action", (key, "FailureAction"), _same, failure),
        Field(group + ".monitor", (key, "Monitor"), nanoseconds, 5 * 10**9),
        Field(group + ".max_failure_ratio", (key, "MaxFailureRatio"), _same, 0),
        Field(group + ".order", (key, "Order"), _same, "stop-first"),
    ]


def _resources(group: str, key: str) -> List[Field]:
    place = (*_TASK, "Resources", key)
    return [
        Field(group + ".cpus", (*place, "NanoCPUs"), _cpus, 0.0, _nanocpus, _from_nanocpus),
        Field(group + ".memory", (*place, "MemoryBytes"), size, 0),
    ]


_HEALTH = (*_BOX, "Healthcheck")
_RESTART = (*_TASK, "RestartPolicy")
_PLACEMENT = (*_TASK, "Placement")
_DNS = (*_BOX, "DNSConfig")

FIELDS: Tuple[Field, ...] = (
    _box("image", "Image", _image),
    _box("command", "Command", _words, []),
    _box("args", "Args", _words, []),
    Field("env", (*_BOX, "Env"), environment, [], decode=sorted),
    _box("container_labels", "Labels", _texts, {}),
    _box("hostname", "Hostname", _same, ""),
    Field("hosts", (*_BOX, "Hosts"), _hosts, [], decode=sorted),
    _box("user", "User", _same, ""),
    Field("groups", (*_BOX, "Groups"), _sorted, [], decode=sorted),
    _box("working_dir", "Dir", _same, ""),
    _box("tty", "TTY", _same, False),
    _box("read_only", "ReadOnly", _same, False),
    _box("init", "Init", _same, False),
    _box("stop_signal", "StopSignal", _same, ""),
    _box("stop_grace_period", "StopGracePeriod", nanoseconds, 10 * 10**9),
    _box("sysctls", "Sysctls", _texts, {}),
    Field("cap_add", (*_BOX, "CapabilityAdd"), _capabilities, [], decode=_held_capabilities),
    Field("cap_drop", (*_BOX, "CapabilityDrop"), _capabilities, [], decode=_held_capabilities),
    _box("ulimits", "Ulimits", ulimits, []),
    _box("oom_score_adj", "OomScoreAdj", _same, 0),
    Field("dns", (*_DNS, "Nameservers"), _words, []),
    Field("dns_search", (*_DNS, "Search"), _words, []),
    Field("dns_options", (*_DNS, "Options"), _words, []),
    Field("healthcheck.test", (*_HEALTH, "Test"), _health_test, []),
    Field("healthcheck.interval", (*_HEALTH, "Interval"), nanoseconds, 0),
    Field("healthcheck.timeout", (*_HEALTH, "Timeout"), nanoseconds, 0),
    Field("healthcheck.start_period", (*_HEALTH, "StartPeriod"), nanoseconds, 0),
    Field("healthcheck.start_interval", (*_HEALTH, "StartInterval"), nanoseconds, 0),
    Field("healthcheck.retries", (*_HEALTH, "Retries"), _same, 0),
    *_resources("limits", "Limits"),
    Field("limits.pids", (*_TASK, "Resources", "Limits", "Pids"), _same, 0),
    *_resources("reservations", "Reservations"),
    Field(
        "reservations.generic_resources",
        (*_TASK, "Resources", "Reservations", "GenericResources"),
        _generic,
        {},
        _encode_generic,
        _decode_generic,
    ),
    Field("restart_config.condition", (*_RESTART, "Condition"), _same, "any"),
    Field("restart_config.delay", (*_RESTART, "Delay"), nanoseconds, 5 * 10**9),
    Field("restart_config.max_attempts", (*_RESTART, "MaxAttempts"), _same, 0),
    Field("restart_config.window", (*_RESTART, "Window"), nanoseconds, 0),
    Field("placement.constraints", (*_PLACEMENT, "Constraints"), _sorted, [], decode=sorted),
    Field(
        "placement.preferences", (*_PLACEMENT, "Preferences"), _preferences, [], _spread, _unspread
    ),
    Field("placement.replicas_max_per_node", (*_PLACEMENT, "MaxReplicas"), _same, 0),
    Field("logging.driver", (*_TASK, "LogDriver", "Name"), _same, ""),
    Field("logging.options", (*_TASK, "LogDriver", "Options"), _texts, {}),
    Field("labels", ("Labels",), _texts, {}),
    Field("endpoint_mode", ("EndpointSpec", "Mode"), _same, "vip"),
    *_rollout("update_config", "UpdateConfig", "pause"),
    *_rollout("rollback_config", "RollbackConfig", "pause"),
)


def without_digest(image: Optional[str]) -> Optional[str]:
    """An image name as it was before its digest was pinned to it."""
    return image.split("@", 1)[0] if image and "@" in image else image

"""What a service is, what it should be, and the Spec that makes it so."""

from __future__ import annotations

import copy
from typing import Any, Dict, Mapping, Optional, Tuple

from provision.agent.docker.env_files import with_env_files
from provision.agent.docker.image_names import full_name
from provision.agent.docker.service_fields import FIELDS, Field, without_digest
from provision.agent.docker.service_lists import list_fields
from provision.agent.engine_api import Engine
from provision.agent.task import ModuleFailed

# mode -> its key in the Spec
MODES = {
    "replicated": "Replicated",
    "global": "Global",
    "replicated-job": "ReplicatedJob",
    "global-job": "GlobalJob",
}
_EVERYWHERE = ("global", "global-job")


class Desired:
    """What the arguments ask of a service.

    Parameters:
        args: the module's arguments.
        engine: for the IDs of networks, secrets and configs, and image digests.
    """

    def __init__(self, args: Mapping[str, Any], engine: Engine) -> None:
        self.mode = str(args["mode"])
        self.replicas = int(args["replicas"])
        self.force = bool(args["force_update"])
        self._concurrent = args["max_concurrent"]
        self._merge_labels = args["labels_state"] == "merge"
        self._labels_gone = set(args["labels_to_remove"] or ())
        self._name = args["name"]
        self._fields = (*FIELDS, *list_fields(engine))
        self._forms: Dict[str, Any] = {}
        environment = with_env_files("env_files", args["env"], args["env_files"] or [])
        for field in self._fields:
            form = field.wanted(dict(args, env=environment))
            if form is not None:
                self._forms[field.param] = form
        if self._merge_labels:
            self._forms.setdefault("labels", {})
        if args["resolve_image"] and "image" in self._forms:
            self._forms["image"] = with_digest(engine, self._forms["image"])

    def differences(self, spec: Mapping[str, Any]) -> Dict[str, Tuple[Any, Any]]:
        """What is not as asked: parameter -> (now, wanted)."""
        out = {}
        for field in self._fields:
            if field.param not in self._forms:
                continue
            now, wanted = self._now(field, spec), self._wanted(field, spec)
            if now != wanted:
                out[field.param] = (now, wanted)
        mode, replicas = mode_of(spec)
        if mode != self.mode:
            out["mode"] = (mode, self.mode)
        elif self.replicas >= 0 and mode not in _EVERYWHERE and replicas != self.replicas:
            out["replicas"] = (replicas, self.replicas)
        if self.force:
            count = _forced(spec)
            out["force_update"] = (count, count + 1)
        return out

    def spec(self, current: Mapping[str, Any]) -> Dict[str, Any]:
        """A whole Spec: what is asked for, all else as in the current one ({} if there is none)."""
        out = copy.deepcopy(dict(current))
        out["Name"] = self._name
        changed = self.differences(current)
        for field in self._fields:
            if field.param in self._forms and (not current or field.param in changed):
                field.write(out, self._wanted(field, current))
        old_mode, old_replicas = mode_of(current)
        replicas = self.replicas
        if replicas < 0:
            replicas = old_replicas if current and old_mode == self.mode else 1
        out["Mode"] = {MODES[self.mode]: _mode_body(self.mode, replicas, self._concurrent)}
        if self.force and current:
            out["TaskTemplate"]["ForceUpdate"] = _forced(current) + 1
        return out

    def facts(self, spec: Mapping[str, Any]) -> Dict[str, Any]:
        """A Spec as parameters: what docker_swarm_service returns."""
        out: Dict[str, Any] = {}
        for field in self._fields:
            place = out
            *groups, last = field.param.split(".")
            for group in groups:
                place = place.setdefault(group, {})
            place[last] = field.read(spec)
        out["name"] = spec.get("Name")
        out["mode"], out["replicas"] = mode_of(spec)
        out["force_update"] = _forced(spec)
        return out

    def _wanted(self, field: Field, spec: Mapping[str, Any]) -> Any:
        wanted = self._forms[field.param]
        if field.param != "labels" or not self._merge_labels:
            return wanted
        held = field.read(spec)
        return dict({k: v for k, v in held.items() if k not in self._labels_gone}, **wanted)

    def _now(self, field: Field, spec: Mapping[str, Any]) -> Any:
        now = field.read(spec)
        # A client may have pinned the digest of the very image that is asked for by name.
        if field.param == "image" and "@" not in self._forms["image"]:
            return without_digest(now)
        return now


def mode_of(spec: Mapping[str, Any]) -> Tuple[str, int]:
    """A Spec's mode and number of replicas (0 where global)."""
    held = spec.get("Mode") or {}
    for mode, key in MODES.items():
        if key in held:
            count = "TotalCompletions" if mode == "replicated-job" else "Replicas"
            default = 0 if mode in _EVERYWHERE else 1
            return mode, (held[key] or {}).get(count, default)
    return (next(iter(held)), 0) if held else ("replicated", 1)


def _mode_body(mode: str, replicas: int, concurrent: Optional[int]) -> Dict[str, Any]:
    if mode in _EVERYWHERE:
        return {}
    if mode == "replicated-job":
        return {"TotalCompletions": replicas, "MaxConcurrent": concurrent or replicas}
    return {"Replicas": replicas}


def _forced(spec: Mapping[str, Any]) -> int:
    return int((spec.get("TaskTemplate") or {}).get("ForceUpdate") or 0)


def with_digest(engine: Engine, image: str) -> str:
    """An image's name with the digest that its registry has now. Raises ModuleFailed."""
    if "@" in image:
        return image
    try:
        found = engine.get(f"/distribution/{full_name(image)}/json")
    except ModuleFailed as failure:
        raise ModuleFailed(
            f"cannot resolve image {image} to a digest: {failure.message}; "
            "use resolve_image=false where no registry can be reached"
        ) from None
    return f"{image}@{found['Descriptor']['digest']}"

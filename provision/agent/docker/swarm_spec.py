"""The swarm's own settings: docker_swarm's parameters as paths in the Engine's Spec."""

from __future__ import annotations

import copy
from typing import Any, Dict, Mapping, Tuple

# parameter -> where it is in the Spec. Durations are nanoseconds on both sides.
SETTINGS: Dict[str, Tuple[str, ...]] = {
    "name": ("Name",),
    "labels": ("Labels",),
    "task_history_retention_limit": ("Orchestration", "TaskHistoryRetentionLimit"),
    "snapshot_interval": ("Raft", "SnapshotInterval"),
    "keep_old_snapshots": ("Raft", "KeepOldSnapshots"),
    "log_entries_for_slow_followers": ("Raft", "LogEntriesForSlowFollowers"),
    "heartbeat_tick": ("Raft", "HeartbeatTick"),
    "election_tick": ("Raft", "ElectionTick"),
    "dispatcher_heartbeat_period": ("Dispatcher", "HeartbeatPeriod"),
    "node_cert_expiry": ("CAConfig", "NodeCertExpiry"),
    "ca_force_rotate": ("CAConfig", "ForceRotate"),
    "autolock_managers": ("EncryptionConfig", "AutoLockManagers"),
}
# The Engine never tells these again: they go along with a CA rotation, not compared.
UNREADABLE: Dict[str, Tuple[str, ...]] = {
    "signing_ca_cert": ("CAConfig", "SigningCACert"),
    "signing_ca_key": ("CAConfig", "SigningCAKey"),
}
_EMPTY: Dict[str, Any] = {"labels": {}, "autolock_managers": False}


def differences(spec: Mapping[str, Any], args: Mapping[str, Any]) -> Dict[str, Tuple[Any, Any]]:
    """What is asked for and is not so: parameter -> (now, wanted)."""
    out = {}
    for param, path in SETTINGS.items():
        wanted = _wanted(param, args[param])
        if wanted is None:
            continue
        now = _read(spec, path)
        if now is None:
            now = _EMPTY.get(param, 0)
        if now != wanted:
            out[param] = (now, wanted)
    return out


def with_settings(spec: Mapping[str, Any], args: Mapping[str, Any]) -> Dict[str, Any]:
    """The Spec with what is asked for, everything else as it was."""
    out = copy.deepcopy(dict(spec))
    rotating = "ca_force_rotate" in differences(spec, args) or not spec
    paths = dict(SETTINGS, **(UNREADABLE if rotating else {}))
    for param, path in paths.items():
        wanted = _wanted(param, args[param])
        if wanted is None:
            continue
        place = out
        for step in path[:-1]:
            if place.get(step) is None:
                place[step] = {}
            place = place[step]
        place[path[-1]] = wanted
    return out


def _wanted(param: str, value: Any) -> Any:
    if param == "labels" and value is not None:
        return {str(key): str(text) for key, text in value.items()}
    return value


def _read(spec: Mapping[str, Any], path: Tuple[str, ...]) -> Any:
    place: Any = spec
    for step in path:
        place = (place or {}).get(step)
    return place

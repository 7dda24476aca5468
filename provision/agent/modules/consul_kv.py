"""Keys and values in Consul."""

from __future__ import annotations

import base64
from typing import Any, Dict, List, Optional
from urllib.parse import quote

from provision.agent.consul.connection import COLLECTION, CONNECTION, connect
from provision.agent.consul_api import Answer, Consul
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_kv",
    collection=COLLECTION,
    summary="Read, write, lock or delete a key in Consul.",
    params=(
        Param("key", "The key, or prefix where recurse.", required=True),
        Param(
            "state",
            "present: the key has this value; without value, it is read. absent: it does not "
            "exist. acquire, release: the session holds it, or no longer does.",
            default="present",
            choices=("present", "absent", "acquire", "release"),
        ),
        Param("value", "The value; needed to lock as well."),
        Param("recurse", "The key is a prefix: read or delete all below.", type="bool"),
        Param(
            "retrieve",
            "Return what is stored after writing it.",
            type="bool",
            default=True,
        ),
        Param("session", "The session that acquires or releases."),
        Param(
            "cas",
            "Write only if the key's ModifyIndex is this; 0: only if it does not exist. Otherwise "
            "nothing is changed, and msg says so.",
        ),
        Param("flags", "A number kept with the value; left as it is when not given."),
        Param("datacenter", "Another datacenter than the agent's own."),
        *CONNECTION,
    ),
    diff=True,
    required_if=(
        ("state", "acquire", ("session", "value")),
        ("state", "release", ("session", "value")),
    ),
    returns=(
        ("key", "The key."),
        ("data", "What is stored: an entry, a list with recurse, or none."),
        ("index", "Its ModifyIndex, or Consul's index."),
        ("msg", "Why cas kept it from being written."),
    ),
    source="https://developer.hashicorp.com/consul/api-docs/kv",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    args = task.args
    key = _Key(connect(args), args)
    if args["state"] == "absent":
        return _absent(task, key)
    if args["state"] in ("acquire", "release"):
        return _lock(task, key)
    if args["value"] is None:
        return _result(task, key.read(), False)
    return _present(task, key)


class _Key:
    def __init__(self, consul: Consul, args: Dict[str, Any]) -> None:
        self._consul = consul
        self._path = "/kv/" + quote(args["key"].lstrip("/"), safe="/")
        self._datacenter = args["datacenter"]
        self._recurse = bool(args["recurse"])

    def read(self) -> Answer:
        # "consistent", so that a task sees what the one before it wrote through another server
        query = {"dc": self._datacenter, "recurse": self._recurse, "consistent": True}
        found = self._consul.find(self._path, query)
        entries = [_entry(each) for each in found.data or ()]
        if self._recurse:
            return Answer(entries, found.raft_index)
        return Answer(entries[0] if entries else None, found.raft_index)

    def write(self, value: str, **query: Any) -> bool:
        body = value.encode("utf-8", "surrogateescape")
        return bool(self._consul.put(self._path, body, dict(query, dc=self._datacenter)).data)

    def delete(self, cas: Optional[str]) -> bool:
        query = {"dc": self._datacenter, "recurse": self._recurse, "cas": cas}
        return bool(self._consul.delete(self._path, query).data)


def _present(task: ModuleTask, key: _Key) -> Dict[str, Any]:
    args = task.args
    if args["recurse"]:
        raise task.fail("recurse cannot be used with value: a prefix has no value of its own")
    found = key.read()
    now = found.data or {}
    flags = None if args["flags"] is None else _number(task, "flags")
    same_flags = flags is None or now.get("Flags") == flags
    if now and now["Value"] == args["value"] and same_flags:
        return _result(task, found, False)
    refused = _refused(task, now)
    if refused:
        return dict(_result(task, found, False), msg=refused)
    if not task.check:
        # Consul resets the flags that a write does not name.
        kept = flags if flags is not None else now.get("Flags") or None
        if not key.write(args["value"], cas=args["cas"], flags=kept):
            raise task.fail(f"{args['key']} was written by another at the same time; see cas")
    return _written(task, key, found)


def _refused(task: ModuleTask, now: Dict[str, Any]) -> Optional[str]:
    """Why check-and-set keeps the key as it is: no failure, as cas=0 means "unless it exists"."""
    if task.args["cas"] is None:
        return None
    wanted, held = _number(task, "cas"), now.get("ModifyIndex", 0)
    if wanted == held:
        return None
    return f"{task.args['key']} was not written: cas is {wanted}, its ModifyIndex {held}"


def _lock(task: ModuleTask, key: _Key) -> Dict[str, Any]:
    args = task.args
    found = key.read()
    now = found.data or {}
    holds = now.get("Session") == args["session"]
    acquire = args["state"] == "acquire"
    same = now.get("Value") == args["value"]
    if (acquire and holds and same) or (not acquire and not holds):
        return _result(task, found, False)
    if acquire and now.get("Session") and not holds:
        raise task.fail(f"{args['key']} is held by another session, {now['Session']}", data=now)
    if not task.check and not key.write(args["value"], **{args["state"]: args["session"]}):
        raise task.fail(f"session {args['session']} could not {args['state']} {args['key']}")
    return _written(task, key, found)


def _absent(task: ModuleTask, key: _Key) -> Dict[str, Any]:
    found = key.read()
    if found.data and not task.check and not key.delete(task.args["cas"]):
        raise task.fail(f"{task.args['key']} was not deleted: its ModifyIndex is not cas")
    result = _result(task, found, bool(found.data))
    if task.diff:
        result["diff"] = {"before": {"value": _values(found.data)}, "after": {"value": None}}
    return result


def _written(task: ModuleTask, key: _Key, before: Answer) -> Dict[str, Any]:
    after = key.read() if task.args["retrieve"] and not task.check else before
    result = _result(task, after, True)
    if task.diff:
        old, new = _values(before.data), task.args["value"]
        result["diff"] = {"before": {"value": old}, "after": {"value": new}}
    return result


def _result(task: ModuleTask, answer: Answer, changed: bool) -> Dict[str, Any]:
    index = answer.raft_index
    if isinstance(answer.data, dict):
        index = answer.data["ModifyIndex"]
    return {"changed": changed, "key": task.args["key"], "data": answer.data, "index": index}


def _entry(each: Dict[str, Any]) -> Dict[str, Any]:
    raw = base64.b64decode(each["Value"]) if each["Value"] is not None else b""
    return dict(each, Value=raw.decode("utf-8", "surrogateescape"))


def _values(data: Any) -> Any:
    entries: List[Dict[str, Any]] = data if isinstance(data, list) else [data] if data else []
    values = {each["Key"]: each["Value"] for each in entries}
    return values if isinstance(data, list) else next(iter(values.values()), None)


def _number(task: ModuleTask, param: str) -> int:
    try:
        return int(task.args[param], 10)
    except ValueError:
        raise task.fail(f"{param}: '{task.args[param]}' is not a number") from None

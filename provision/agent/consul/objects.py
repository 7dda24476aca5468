"""Bringing one of Consul's ACL objects to the state asked for.

Policies, roles, tokens, auth methods and binding rules are alike: an object is read whole, changed
and written whole. What is not asked for stays as it is.
Source: https://developer.hashicorp.com/consul/api-docs/acl
"""

from __future__ import annotations

from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Optional, Tuple

from provision.agent.consul.connection import connect
from provision.agent.consul_api import Consul, ConsulError
from provision.agent.task import ModuleTask

Object = Dict[str, Any]


def _equal(now: Any, wanted: Any) -> bool:
    return bool(now == wanted) or (not now and not wanted)


class Field(NamedTuple):
    """One setting of an object.

    Parameters:
        param: the parameter.
        key: its name in Consul's object.
        encode: the parameter's value -> what Consul takes.
        same: (what Consul tells, what is wanted) -> whether they are alike.
        once: only used when the object is made.
    """

    param: str
    key: str
    encode: Callable[[Any], Any] = lambda value: value
    same: Callable[[Any, Any], bool] = _equal
    once: bool = False


class Kind(NamedTuple):
    """One kind of object.

    Parameters:
        name: as in messages and results: ``policy``.
        path: where it is made, below /v1.
        fields: its settings.
        find: the object that a task's arguments mean, or None.
        identify: what the path of an existing object ends with.
        hidden: keys that no diff may show.
    """

    name: str
    path: str
    fields: Tuple[Field, ...]
    find: Callable[[Consul, Mapping[str, Any]], Optional[Object]]
    identify: Callable[[Object], str]
    hidden: Tuple[str, ...] = ()


def find_acl(consul: Consul, path: str) -> Optional[Object]:
    """The ACL object at a path, or None where there is none.

    Raises:
        ConsulError: Consul refused, because it does not know the token used, for example.
    """
    try:
        found: Optional[Object] = consul.find(path).data
        return found
    except ConsulError as error:
        # An object that is missing and a token that is unknown are told in the same words.
        if error.status != 403 or "ACL not found" not in error.message:
            raise
        consul.get("/acl/token/self")
        return None


RETURNS_OPERATION = ("operation", "Where changed: create, update or remove.")


def converge(task: ModuleTask, kind: Kind) -> Dict[str, Any]:
    """Do what is needed; the module's result.

    Raises:
        ModuleFailed: Consul refused, or is too old for a setting and dropped it.
    """
    consul = connect(task.args)
    now = kind.find(consul, task.args)
    if task.args["state"] == "absent":
        if now is not None and not task.check:
            consul.delete(f"{kind.path}/{kind.identify(now)}")
        return _result(task, kind, "remove" if now is not None else None, now or {}, {})
    wanted = _wanted(kind, task.args, now is None)
    if now is None:
        made = wanted if task.check else consul.put(kind.path, wanted).data
        _taken(task, kind, made, wanted)
        return _result(task, kind, "create", {}, made)
    if not _differing(kind, now, wanted):
        return _result(task, kind, None, now, now)
    body = dict(now, **wanted)
    after = body if task.check else consul.put(f"{kind.path}/{kind.identify(now)}", body).data
    _taken(task, kind, after, wanted)
    return _result(task, kind, "update", now, after)


def _wanted(kind: Kind, args: Mapping[str, Any], new: bool) -> Object:
    return {
        field.key: field.encode(args[field.param])
        for field in kind.fields
        if args[field.param] is not None and (new or not field.once)
    }


def _differing(kind: Kind, now: Mapping[str, Any], wanted: Mapping[str, Any]) -> List[str]:
    return [
        field.param
        for field in kind.fields
        if field.key in wanted
        and not field.once
        and not field.same(now.get(field.key), wanted[field.key])
    ]


def _taken(task: ModuleTask, kind: Kind, made: Object, wanted: Object) -> None:
    lost = _differing(kind, made, wanted)
    if lost:
        raise task.fail(
            f"Consul took the {kind.name} but not its {', '.join(lost)}: this version of Consul "
            "does not know such a setting",
            changed=True,
        )


def _result(
    task: ModuleTask, kind: Kind, operation: Optional[str], before: Object, after: Object
) -> Dict[str, Any]:
    out: Dict[str, Any] = {"changed": operation is not None}
    if operation:
        out["operation"] = operation
    if after:
        out[kind.name] = after
    if task.diff:
        shown = (before, after) if operation else ({}, {})
        out["diff"] = {
            side: {key: value for key, value in each.items() if key not in kind.hidden}
            for side, each in zip(("before", "after"), shown)
        }
    return out

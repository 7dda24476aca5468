"""Secrets and configs: named data that a swarm stores and never changes.

An Engine does not tell a secret's data. A label keeps its hash, under the name and in the form
that community.docker uses, so that both agree on what has changed.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from typing import Any, Callable, Dict, List, Optional, Tuple

from provision.agent.docker.connection import CONNECTION
from provision.agent.docker.swarm import find_named, require_manager
from provision.agent.engine_api import Engine, segment
from provision.agent.spec import Param
from provision.agent.task import ModuleTask

HASH_LABEL = "ansible_key"
VERSION_LABEL = "ansible_version"


def params(kind: str) -> Tuple[Param, ...]:
    """The parameters of docker_secret or docker_config.

    Parameters:
        kind: ``secret`` or ``config``.
    """
    return (
        Param("name", f"The {kind}'s name.", required=True),
        Param("state", default="present", choices=("present", "absent")),
        Param("data", f"The {kind} itself.", secret=kind == "secret"),
        Param("data_is_b64", "data is base64.", type="bool", default=False),
        Param("data_src", "A file on the node that holds it.", type="path"),
        Param("labels", "Its labels, all of them.", type="dict"),
        Param("force", "Make it again though it is the same.", type="bool", default=False),
        Param(
            "rolling_versions",
            "Make NAME_v1, NAME_v2 and so on, so that services may move from one to the next.",
            type="bool",
            default=False,
        ),
        Param(
            "versions_to_keep",
            "Older versions are removed, except where in use; -1 keeps all.",
            type="int",
            default=5,
        ),
        *CONNECTION,
    )


def runner(kind: str, extra: Callable[[ModuleTask], Dict[str, Any]]) -> Any:
    """The body of docker_secret or docker_config.

    Parameters:
        extra: what else the Spec holds, from the task.
    """

    def body(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
        require_manager(engine)
        return _Stored(kind, task, engine, extra(task)).run()

    return body


class _Stored:
    def __init__(self, kind: str, task: ModuleTask, engine: Engine, extra: Dict[str, Any]) -> None:
        self._kind = kind
        self._task = task
        self._engine = engine
        self._extra = extra
        self._name = task.args["name"]

    def run(self) -> Dict[str, Any]:
        if self._task.args["state"] == "absent":
            held = self._versions() if self._task.args["rolling_versions"] else self._exact()
            for each in held:
                self._remove(each)
            return {"changed": bool(held)}
        return self._present(self._data())

    def _present(self, data: bytes) -> Dict[str, Any]:
        labels = {str(k): str(v) for k, v in (self._task.args["labels"] or {}).items()}
        labels[HASH_LABEL] = hashlib.sha224(data).hexdigest()
        rolling = self._task.args["rolling_versions"]
        held = self._versions() if rolling else self._exact()
        newest = held[-1] if held else None
        if newest and not self._task.args["force"] and self._same(newest, labels):
            return self._result(False, newest["ID"], newest["Spec"]["Name"])
        name = self._name
        if rolling:
            number = _number(newest) + 1 if newest else 1
            labels[VERSION_LABEL] = str(number)
            name = f"{self._name}_v{number}"
        elif newest:
            self._remove(newest)
        identity = None
        if not self._task.check:
            text = base64.b64encode(data).decode()
            body = dict(self._extra, Name=name, Labels=labels, Data=text)
            identity = self._engine.post(f"/{self._kind}s/create", body)["ID"]
        if rolling:
            self._forget(held)
        return self._result(True, identity, name)

    def _same(self, held: Dict[str, Any], labels: Dict[str, str]) -> bool:
        now = dict(held["Spec"].get("Labels") or {})
        now.pop(VERSION_LABEL, None)
        if self._task.args["labels"] is None:
            return now.get(HASH_LABEL) == labels[HASH_LABEL]
        return now == labels

    def _data(self) -> bytes:
        args = self._task.args
        if args["data_src"]:
            try:
                with open(args["data_src"], "rb") as file:
                    return file.read()
            except OSError as error:
                raise self._task.fail(
                    f"cannot read {args['data_src']} on the node: {error.strerror}"
                ) from None
        if args["data"] is None:
            raise self._task.fail(f"{self._kind} {self._name}: data or data_src is needed")
        if args["data_is_b64"]:
            try:
                return base64.b64decode(args["data"], validate=True)
            except (binascii.Error, ValueError):
                raise self._task.fail("data is not base64, though data_is_b64 says so") from None
        return str(args["data"]).encode("utf-8", "surrogateescape")

    def _exact(self) -> List[Dict[str, Any]]:
        found = find_named(self._engine, self._kind + "s", self._name)
        return [found] if found and found["Spec"]["Name"] == self._name else []

    def _versions(self) -> List[Dict[str, Any]]:
        filters = {"filters": {"name": [self._name + "_v"]}}
        found = self._engine.get(f"/{self._kind}s", filters)
        prefix = self._name + "_v"
        mine = [each for each in found if each["Spec"]["Name"][: len(prefix)] == prefix]
        return sorted((each for each in mine if _number(each)), key=_number)

    def _forget(self, held: List[Dict[str, Any]]) -> None:
        keep = self._task.args["versions_to_keep"]
        if keep < 0:
            return
        for each in held[: max(0, len(held) + 1 - max(keep, 1))]:
            if not self._in_use(each):
                self._remove(each)

    def _in_use(self, held: Dict[str, Any]) -> bool:
        title = self._kind.capitalize()
        for service in self._engine.get("/services"):
            container = service["Spec"]["TaskTemplate"].get("ContainerSpec") or {}
            for reference in container.get(title + "s") or ():
                if reference.get(title + "ID") == held["ID"]:
                    return True
        return False

    def _remove(self, held: Dict[str, Any]) -> None:
        if not self._task.check:
            self._engine.delete(f"/{self._kind}s/{segment(held['ID'])}")

    def _result(self, changed: bool, identity: Optional[str], name: str) -> Dict[str, Any]:
        return {"changed": changed, f"{self._kind}_id": identity, f"{self._kind}_name": name}


def _number(held: Dict[str, Any]) -> int:
    """A rolling version's number; 0 for what is none."""
    text = held["Spec"]["Name"].rsplit("_v", 1)[-1]
    return int(text) if text.isdigit() else 0

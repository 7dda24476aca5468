"""Bringing one container to the state asked for."""

from __future__ import annotations

import time
from typing import Any, Dict, List, Mapping, Optional, Tuple

from provision.agent.docker import endpoints
from provision.agent.docker.connection import timeout_of
from provision.agent.docker.container_spec import (
    IGNORE,
    STRICT,
    body,
    check_comparisons,
    comparison,
    differences,
    live_body,
    prepared,
)
from provision.agent.docker.image_names import full_name, is_id
from provision.agent.docker.images import find_image, pull
from provision.agent.docker.networks import find_network
from provision.agent.docker.streams import demultiplexed
from provision.agent.engine_api import Engine, segment
from provision.agent.task import ModuleTask


class Container:
    """One run of docker_container.

    Parameters:
        task: with docker_container's arguments.
        engine: where the container is.
    """

    def __init__(self, task: ModuleTask, engine: Engine) -> None:
        self._task = task
        self._args = prepared(task.args)
        self._engine = engine
        self._path = f"/containers/{segment(task.args['name'])}"
        self._actions: List[str] = []
        self._changed: Dict[str, Tuple[Any, Any]] = {}

    def converge(self) -> Dict[str, Any]:
        """Do what is needed; the module's result."""
        check_comparisons(self._args)
        found = self._engine.find(self._path + "/json")
        if self._args["state"] == "absent":
            if found:
                self._remove(found)
                self._changed["exists"] = (True, False)
            return self._result(None)
        image = self._image(found)
        if found and image and self._differs(found, image) and not self._update(found):
            self._remove(found)
            found = None
        if found is None:
            self._create()
        else:
            self._networks(found)
        return self._state(found)

    def _image(self, found: Optional[Mapping[str, Any]]) -> Optional[Dict[str, Any]]:
        name, when = self._args["image"], self._args["pull"]
        when = {True: "always", False: "missing"}.get(when, when)
        if not name:
            if found is None:
                raise self._task.fail(
                    f"container {self._args['name']} does not exist and image is not given"
                )
            return {"Id": found["Image"]}
        image = find_image(self._engine, name)
        if is_id(name):
            when = "never"
        if when == "always" or (image is None and when == "missing"):
            before = image and image["Id"]
            if self._task.check:
                if image is None or self._args["pull_check_mode_behavior"] == "always":
                    self._do(f"Pulled image {name}")
                return image
            pull(self._engine, name, platform=self._args["platform"])
            image = find_image(self._engine, name)
            if image and image["Id"] != before:
                self._do(f"Pulled image {name}")
        if image is None:
            raise self._task.fail(f"there is no image {name} on this Engine, and pull is {when}")
        return image

    def _differs(self, found: Mapping[str, Any], image: Mapping[str, Any]) -> bool:
        own = image
        if self._args["image_comparison"] == "current-image":
            own = self._engine.find(f"/images/{found['Image']}/json") or image
        self._check_labels(own)
        self._changed.update(differences(found, self._args, own))
        self._compare_image(found, image)
        if self._args["recreate"]:
            self._changed["recreate"] = (False, True)
        if self._changed and not self._args["image"]:
            # Made again, it keeps the image that it has.
            self._args["image"] = found["Config"]["Image"]
        return bool(self._changed)

    def _compare_image(self, found: Mapping[str, Any], image: Mapping[str, Any]) -> None:
        name, called = self._args["image"], found["Config"]["Image"]
        if comparison(self._args, "image", False) == IGNORE:
            return
        if found["Image"] != image["Id"]:
            self._changed["image"] = (found["Image"], image["Id"])
        elif name and not is_id(name) and not is_id(called):
            other = full_name(name) != full_name(called)
            if other and self._args["image_name_mismatch"] == "recreate":
                self._changed["image"] = (called, name)

    def _check_labels(self, image: Mapping[str, Any]) -> None:
        if self._args["image_label_mismatch"] != "fail":
            return
        held = (image.get("Config") or {}).get("Labels") or {}
        unsaid = sorted(set(held) - set(self._args["labels"] or {}))
        if unsaid:
            raise self._task.fail(
                f"image {self._args['image']} has labels that labels does not name: "
                + ", ".join(unsaid)
            )

    def _update(self, found: Mapping[str, Any]) -> bool:
        """Whether what differs could be changed in the container that is there."""
        request = live_body(self._args, self._changed)
        if request is None:
            return False
        self._do(f"Updated container {self._args['name']}")
        if not self._task.check:
            self._engine.post(self._path + "/update", request)
        return True

    def _create(self) -> None:
        self._do(f"Created container {self._args['name']}")
        self._changed.setdefault("exists", (False, True))
        if self._task.check:
            return
        request = body(self._args)
        wanted = self._args["networks"] or []
        instead = self._args["networks_cli_compatible"] and not self._args["network_mode"]
        if wanted and instead:
            first = wanted[0]
            request["HostConfig"]["NetworkMode"] = first["name"]
            request["NetworkingConfig"] = {
                "EndpointsConfig": {first["name"]: endpoints.settings(first)}
            }
            wanted = wanted[1:]
        query = {"name": self._args["name"], "platform": self._args["platform"]}
        self._engine.post("/containers/create", request, query)
        for entry in wanted:
            self._connect(entry)

    def _networks(self, found: Mapping[str, Any]) -> None:
        held = found["NetworkSettings"]["Networks"] or {}
        for entry in self._args["networks"] or ():
            if comparison(self._args, "networks", True) == IGNORE:
                break
            now = held.get(entry["name"])
            if now is not None and endpoints.as_asked(now, entry):
                continue
            self._changed[f"networks.{entry['name']}"] = (now is not None, True)
            self._do(f"Connected to network {entry['name']}")
            if self._task.check:
                continue
            if now is not None:
                path = f"/networks/{segment(now['NetworkID'])}/disconnect"
                self._engine.post(path, {"Container": found["Id"], "Force": True})
            self._connect(entry)

        if (
            self._args["networks"] is not None
            and comparison(self._args, "networks", True) == STRICT
        ):
            self._leave_others(held)

    def _leave_others(self, held: Mapping[str, Any]) -> None:
        wanted = {entry["name"] for entry in self._args["networks"]}
        for name in sorted(set(held) - wanted):
            self._changed[f"networks.{name}"] = (True, False)
            self._do(f"Disconnected from network {name}")
            if not self._task.check:
                path = f"/networks/{segment(held[name]['NetworkID'])}/disconnect"
                self._engine.post(path, {"Container": self._args["name"], "Force": True})

    def _connect(self, entry: Mapping[str, Any]) -> None:
        network = find_network(self._engine, entry["name"])
        if network is None:
            raise self._task.fail(f"networks: there is no network {entry['name']}")
        request = {"Container": self._args["name"], "EndpointConfig": endpoints.settings(entry)}
        self._engine.post(f"/networks/{segment(network['Id'])}/connect", request)

    def _state(self, found: Optional[Mapping[str, Any]]) -> Dict[str, Any]:
        running = bool(found and found["State"]["Running"])
        wanted = self._args["state"]
        if wanted == "stopped" and running:
            self._stop()
        elif wanted in ("started", "healthy"):
            if not running:
                self._do(f"Started container {self._args['name']}")
                self._changed.setdefault("running", (False, True))
                self._call("POST", "/start")
            elif self._args["restart"]:
                self._do(f"Restarted container {self._args['name']}")
                self._changed["restarted"] = (False, True)
                self._call("POST", "/restart", {"t": self._args["stop_timeout"]})
            if not self._args["detach"] and not running and not self._task.check:
                return self._wait()
            self._pause(bool(found and running and found["State"].get("Paused")))
            if wanted == "healthy" and not self._task.check:
                self._wait_healthy()
        return self._result(self._engine.find(self._path + "/json"))

    def _pause(self, paused: bool) -> None:
        wanted = self._args["paused"]
        if wanted is None or wanted == paused:
            return
        self._do(f"{'Paused' if wanted else 'Unpaused'} container {self._args['name']}")
        self._changed["paused"] = (paused, wanted)
        self._call("POST", "/pause" if wanted else "/unpause")

    def _wait(self) -> Dict[str, Any]:
        status = self._engine.waiting().post(self._path + "/wait")["StatusCode"]
        container = self._engine.get(self._path + "/json")
        container["Output"] = self._logs(bool(container["Config"].get("Tty")))
        if self._args["output_logs"]:
            self._task.emit(container["Output"])
        if self._args["cleanup"]:
            self._call("DELETE", "", {"force": True, "v": True})
        result = dict(self._result(container), status=status)
        if status != 0:
            del result["changed"]
            raise self._task.fail(
                f"container {self._args['name']} ended with status {status}: "
                + str(container["Output"]).strip()[-2000:],
                **result,
            )
        return result

    def _logs(self, terminal: bool) -> str:
        data = self._engine.raw(self._path + "/logs", {"stdout": True, "stderr": True})
        if not terminal:
            data = demultiplexed(data)
        return data.decode("utf-8", "surrogateescape")

    def _wait_healthy(self) -> None:
        seconds = self._args["healthy_wait_timeout"]
        deadline = time.monotonic() + (seconds if seconds > 0 else float("inf"))
        while True:
            state = self._engine.get(self._path + "/json")["State"]
            health = (state.get("Health") or {}).get("Status")
            if health == "healthy":
                return
            if health is None or health == "unhealthy" or not state["Running"]:
                last = ((state.get("Health") or {}).get("Log") or [{}])[-1].get("Output", "")
                raise self._task.fail(
                    f"container {self._args['name']} is {state['Status']}, "
                    f"health: {health or 'it has no health check'}; {last.strip()}".rstrip("; ")
                )
            if time.monotonic() >= deadline:
                raise self._task.fail(f"container {self._args['name']} did not become healthy")
            time.sleep(0.3)

    def _stop(self) -> None:
        self._do(f"Stopped container {self._args['name']}")
        self._changed.setdefault("running", (True, False))
        if self._args["force_kill"]:
            self._call("POST", "/kill", {"signal": self._args["kill_signal"]})
        else:
            self._call("POST", "/stop", {"t": self._args["stop_timeout"]})

    def _remove(self, found: Mapping[str, Any]) -> None:
        if found["State"]["Running"] and not self._args["force_kill"]:
            self._call("POST", "/stop", {"t": self._args["stop_timeout"]})
        self._do(f"Removed container {self._args['name']}")
        if not found["HostConfig"].get("AutoRemove") or not found["State"]["Running"]:
            self._call("DELETE", "", {"force": True, "v": not self._args["keep_volumes"]})
        self._wait_gone(found["Id"])

    def _wait_gone(self, identity: str) -> None:
        seconds = self._args["removal_wait_timeout"]
        deadline = time.monotonic() + (timeout_of(self._task) if seconds is None else seconds)
        while not self._task.check and self._engine.find(f"/containers/{identity}/json"):
            if time.monotonic() >= deadline:
                raise self._task.fail(f"container {self._args['name']} is being removed still")
            time.sleep(0.1)

    def _call(self, method: str, path: str, query: Optional[Dict[str, Any]] = None) -> None:
        if not self._task.check:
            self._engine.request(method, self._path + path, query)

    def _do(self, action: str) -> None:
        self._actions.append(action)

    def _result(self, container: Optional[Dict[str, Any]]) -> Dict[str, Any]:
        out: Dict[str, Any] = {
            "changed": bool(self._actions),
            "actions": self._actions,
            "container": container or {},
        }
        if self._task.diff:
            out["diff"] = {
                "before": {key: now for key, (now, _) in self._changed.items()},
                "after": {key: wanted for key, (_, wanted) in self._changed.items()},
            }
        return out

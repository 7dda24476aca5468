"""Credentials for registries."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.docker.connection import COLLECTION, CONNECTION, with_engine
from provision.agent.docker.credentials import DOCKER_HUB, Credentials, registry_key
from provision.agent.engine_api import Engine, EngineError
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="docker_login",
    collection=COLLECTION,
    summary="Log in to a registry, or forget a login.",
    params=(
        Param(
            "registry_url",
            "The registry.",
            default=DOCKER_HUB,
            aliases=("registry", "url"),
        ),
        Param("username", "The user."),
        Param("password", "The password, or a token.", secret=True),
        Param("state", default="present", choices=("present", "absent")),
        Param(
            "reauthorize",
            "Ask the registry although this very login is kept already.",
            type="bool",
            default=False,
            aliases=("reauth",),
        ),
        Param(
            "config_path",
            "The Docker CLI's configuration, where logins are kept; made with mode 0600.",
            type="path",
            default="~/.docker/config.json",
            aliases=("dockercfg_path",),
        ),
        *CONNECTION,
    ),
    required_if=(("state", "present", ("username", "password")),),
    returns=(("login_result", "The user and the registry."),),
    source="https://docs.docker.com/reference/api/engine/ (System)",
)


def _run(task: ModuleTask, engine: Engine) -> Dict[str, Any]:
    args = task.args
    registry = registry_key(args["registry_url"])
    kept = Credentials(args["config_path"])
    held = kept.get(registry)
    if args["state"] == "absent":
        if held and not task.check:
            kept.erase(registry)
        return {"changed": held is not None}
    result = {"username": args["username"], "serveraddress": registry}
    wanted = {"username": args["username"], "password": args["password"]}
    if held == wanted and not args["reauthorize"]:
        return {"changed": False, "login_result": result}
    credential = _log_in(task, engine, registry, wanted)
    if not task.check:
        kept.store(registry, credential)
    return {"changed": True, "login_result": result}


run = with_engine(_run)


def _log_in(
    task: ModuleTask, engine: Engine, registry: str, wanted: Dict[str, str]
) -> Dict[str, str]:
    try:
        answer = engine.post("/auth", dict(wanted, serveraddress=registry))
    except EngineError as error:
        raise task.fail(
            f"cannot log in to {registry} as {wanted['username']}: {error.reason}"
        ) from None
    token = (answer or {}).get("IdentityToken")
    return dict(wanted, identitytoken=token) if token else wanted

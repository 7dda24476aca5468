"""The first token of a Consul cluster with ACLs."""

from __future__ import annotations

from typing import Any, Dict

from provision.agent.consul.connection import ADDRESS, COLLECTION, connect
from provision.agent.consul_api import ConsulError
from provision.agent.spec import Param, Spec
from provision.agent.task import ModuleTask

SPEC = Spec(
    name="consul_acl_bootstrap",
    collection=COLLECTION,
    summary="Make the first, all-powerful ACL token of a Consul cluster.",
    params=(
        Param("state", default="present", choices=("present", "bootstrapped")),
        Param(
            "bootstrap_secret",
            "The token to make, a UUID; needs Consul 1.12. Without it Consul makes one.",
            secret=True,
        ),
        *ADDRESS,
    ),
    check_mode=False,
    returns=(
        ("result", "The token as Consul tells it, with its SecretID, once: keep it, use no_log."),
    ),
    source="https://developer.hashicorp.com/consul/api-docs/acl#bootstrap-acls",
)


def run(task: ModuleTask) -> Dict[str, Any]:
    secret = task.args["bootstrap_secret"]
    try:
        made = connect(task.args).put(
            "/acl/bootstrap", {"BootstrapSecret": secret} if secret else None
        )
    except ConsulError as error:
        if error.status == 403 and "bootstrap no longer allowed" in error.message:
            return {"changed": False}
        if "legacy mode" in error.message:
            raise task.fail(
                f"{error.message} It is so for the first seconds after a start: use until and "
                "retries"
            ) from None
        raise
    result: Dict[str, Any] = {"changed": True, "result": made.data}
    if secret and made.data.get("SecretID") != secret:
        warning = "this Consul is older than bootstrap_secret and made a token of its own, result"
        result["warnings"] = [warning]
    return result

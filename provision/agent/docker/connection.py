"""The parameters by which every docker_* module finds its Engine."""

from __future__ import annotations

import os
from typing import Any, Callable, Dict, Mapping, Optional

from provision.agent.engine_api import DEFAULT_HOST, Engine
from provision.agent.spec import FALSE_WORDS, Param
from provision.agent.task import ModuleFailed, ModuleTask
from provision.agent.tls import Tls

COLLECTION = "community.docker"

CONNECTION = (
    Param(
        "docker_host",
        "unix:///path or tcp://host:port of the Engine, as seen from the node; else "
        f"$DOCKER_HOST, else {DEFAULT_HOST}.",
        aliases=("docker_url",),
    ),
    Param(
        "tls_hostname",
        "The name expected in the Engine's certificate; else $DOCKER_TLS_HOSTNAME.",
    ),
    Param(
        "api_version",
        "The API version to speak; else $DOCKER_API_VERSION, else the newest both know.",
        aliases=("docker_api_version",),
    ),
    Param(
        "timeout",
        "Seconds to wait for the Engine; else $DOCKER_TIMEOUT, else 60.",
        type="int",
    ),
    Param(
        "ca_path",
        "CA certificate on the node; else ca.pem in $DOCKER_CERT_PATH.",
        type="path",
        aliases=("ca_cert", "tls_ca_cert", "cacert_path"),
    ),
    Param(
        "client_cert",
        "Client certificate on the node; else cert.pem in $DOCKER_CERT_PATH.",
        type="path",
        aliases=("tls_client_cert", "cert_path"),
    ),
    Param(
        "client_key",
        "Client key on the node; else key.pem in $DOCKER_CERT_PATH.",
        type="path",
        aliases=("tls_client_key", "key_path"),
    ),
    Param("tls", "Use TLS without verifying the Engine; else $DOCKER_TLS.", type="bool"),
    Param(
        "validate_certs",
        "Use TLS and verify the Engine; else $DOCKER_TLS_VERIFY.",
        type="bool",
        aliases=("tls_verify",),
    ),
    Param(
        "use_ssh_client",
        "ssh:// is not supported: the module runs on the node, beside its Engine.",
        type="bool",
        default=False,
        choices=(False,),
    ),
    Param(
        "debug", "Return the Engine API calls made, as docker_calls.", type="bool", default=False
    ),
)

Body = Callable[[ModuleTask, Engine], Dict[str, Any]]


def with_engine(body: Body) -> Callable[[ModuleTask], Dict[str, Any]]:
    """Make a module's ``run`` from a function of the task and its Engine."""

    def run(task: ModuleTask) -> Dict[str, Any]:
        engine = connect(task)
        try:
            result = body(task, engine)
        except ModuleFailed as failure:
            if task.args["debug"]:
                failure.result.setdefault("docker_calls", engine.calls)
            raise
        if task.args["debug"]:
            result["docker_calls"] = engine.calls
        return result

    return run


def connect(task: ModuleTask) -> Engine:
    """The Engine that a task's parameters and environment name."""
    args = task.args
    env = dict(os.environ, **task.env)
    host = args["docker_host"] or env.get("DOCKER_HOST") or DEFAULT_HOST
    verify = _flag(args["validate_certs"], env.get("DOCKER_TLS_VERIFY"))
    secured = verify or _flag(args["tls"], env.get("DOCKER_TLS"))
    tls: Optional[Tls] = None
    if secured and not host.startswith("unix:"):
        tls = Tls(
            verify,
            args["ca_path"] or _in_cert_path(env, "ca.pem"),
            args["client_cert"] or _in_cert_path(env, "cert.pem"),
            args["client_key"] or _in_cert_path(env, "key.pem"),
            args["tls_hostname"] or env.get("DOCKER_TLS_HOSTNAME"),
        )
    version = args["api_version"] or env.get("DOCKER_API_VERSION") or "auto"
    return Engine(host, timeout_of(task), version, tls)


def timeout_of(task: ModuleTask) -> float:
    """Seconds that this task waits for the Engine."""
    if task.args["timeout"]:
        return float(task.args["timeout"])
    text = dict(os.environ, **task.env).get("DOCKER_TIMEOUT", "60")
    try:
        return float(text)
    except ValueError:
        raise task.fail(
            f"$DOCKER_TIMEOUT on the node is '{text}', not a number of seconds"
        ) from None


def _flag(given: Optional[bool], text: Optional[str]) -> bool:
    if given is not None:
        return given
    return bool(text) and str(text).lower() not in FALSE_WORDS


def _in_cert_path(env: Mapping[str, str], name: str) -> Optional[str]:
    folder = env.get("DOCKER_CERT_PATH")
    return os.path.join(folder, name) if folder else None

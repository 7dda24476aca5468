"""docker-machine's --engine-* options as variables of role docker."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import yaml

from provision.errors import UsageError

# dockerd's flags whose key in daemon.json has another name, because it holds several values.
# https://docs.docker.com/reference/cli/dockerd/#daemon-configuration-file
_LISTS = {
    "label": "labels",
    "storage-opt": "storage-opts",
    "exec-opt": "exec-opts",
    "add-runtime": "runtimes",
    "dns": "dns",
    "dns-opt": "dns-opts",
    "dns-search": "dns-search",
    "insecure-registry": "insecure-registries",
    "registry-mirror": "registry-mirrors",
    "node-generic-resource": "node-generic-resources",
}
_MAPS = {"log-opt": "log-opts"}
_REFUSED = {
    "host": "the socket unit says where the engine listens",
    "hosts": "the socket unit says where the engine listens",
    "tls": "TLS is always on",
    "tlsverify": "TLS is always on",
    "tlscacert": "provision makes the certificates",
    "tlscert": "provision makes the certificates",
    "tlskey": "provision makes the certificates",
    "live-restore": "dockerd does not start with it in a swarm",
    "cluster-store": "it left Docker in version 23; swarm mode needs no store",
    "cluster-advertise": "it left Docker in version 23; swarm mode needs no store",
}


def engine_variables(
    *,
    opts: Sequence[str] = (),
    labels: Sequence[str] = (),
    insecure_registries: Sequence[str] = (),
    mirrors: Sequence[str] = (),
    environment: Sequence[str] = (),
    storage_driver: str | None = None,
    install_url: str | None = None,
) -> dict[str, Any]:
    """Variables; those that nothing was said about are left out.

    Parameters:
        opts: dockerd's flags without their dashes, ``key=value``, or ``key`` for true.
        labels, environment: ``key=value``.
        install_url: Docker's package repository or a mirror of it.

    Raises:
        UsageError: what was given cannot be.
    """
    options: dict[str, Any] = {}
    for text in opts:
        _add(options, text)
    if labels:
        options.setdefault("labels", []).extend(_pair(label, "--engine-label") for label in labels)
    if storage_driver:
        options["storage-driver"] = storage_driver
    found: dict[str, Any] = {"docker_daemon_options": options} if options else {}
    if insecure_registries:
        found["docker_insecure_registries"] = list(insecure_registries)
    if mirrors:
        found["docker_registry_mirrors"] = list(mirrors)
    if environment:
        pairs = [_pair(text, "--engine-env").partition("=") for text in environment]
        found["docker_environment"] = {name: value for name, _, value in pairs}
    if install_url:
        if install_url.rstrip("/").endswith(("get.docker.com", ".sh")):
            raise UsageError(
                f"--engine-install-url {install_url} is a script; provision installs packages",
                hint="give Docker's package repository or a mirror of it, such as "
                "https://download.docker.com/linux",
            )
        found |= {"docker_repository_url": install_url.rstrip("/"), "docker_source": "docker-ce"}
    return found


def _add(options: dict[str, Any], text: str) -> None:
    key, equals, value = text.lstrip("-").partition("=")
    if key in _REFUSED:
        raise UsageError(f"--engine-opt {key} is not possible: {_REFUSED[key]}")
    if key in _MAPS:
        name, _, inner = value.partition("=")
        options.setdefault(_MAPS[key], {})[name] = inner
    elif key in _LISTS:
        options.setdefault(_LISTS[key], []).append(value)
    else:
        options[key] = yaml.safe_load(value) if equals else True


def _pair(text: str, option: str) -> str:
    if "=" not in text:
        raise UsageError(f"{option} {text!r} has no value", hint=f"{option} key=value")
    return text

"""Credentials for registries, as the Docker CLI keeps them in its config.json.

Source: https://docs.docker.com/reference/cli/docker/login/
"""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
from typing import Any, Dict, Mapping, Optional

from provision.agent import files
from provision.agent.docker.image_names import split_name
from provision.agent.task import ModuleFailed

DOCKER_HUB = "https://index.docker.io/v1/"
_HUB_NAMES = ("docker.io", "index.docker.io", "registry-1.docker.io", "registry.hub.docker.com")
# What a helper program says where it has none. Source: docker/docker-credential-helpers
_NONE = "credentials not found"

Credential = Dict[str, str]


def registry_key(url: str) -> str:
    """How a registry is called in config.json: its host and port, Docker Hub by its old URL."""
    host = re.sub(r"^https?://", "", url.strip()).split("/", 1)[0]
    return DOCKER_HUB if host in _HUB_NAMES else host


def registry_of(image: str) -> str:
    """The registry that an image's name leads to."""
    first, slash, _ = split_name(image)[0].partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    return registry_key(first) if named else DOCKER_HUB


class Credentials:
    """One config.json.

    Parameters:
        path: on the node; it need not exist.

    Raises:
        ModuleFailed: it is there and is not JSON.
    """

    def __init__(self, path: str) -> None:
        self._path = path
        self._config: Dict[str, Any] = {}
        try:
            with open(path, encoding="utf-8") as file:
                self._config = json.load(file)
        except FileNotFoundError:
            pass
        except (OSError, ValueError) as error:
            raise ModuleFailed(f"cannot read {path}: {error}") from None
        if not isinstance(self._config, dict):
            raise ModuleFailed(f"{path} is not a Docker configuration: it holds no object")

    def get(self, registry: str) -> Optional[Credential]:
        """``{"username": ..., "password": ...}`` or ``{"identitytoken": ...}``, or None."""
        helper = self._helper(registry)
        if helper:
            text = _ask(helper, "get", registry)
            held = json.loads(text) if text else None
            if not held:
                return None
            if held.get("Username") == "<token>":
                return {"identitytoken": held["Secret"]}
            return {"username": held["Username"], "password": held["Secret"]}
        for name, entry in (self._config.get("auths") or {}).items():
            if registry_key(name) == registry:
                return _decoded(entry)
        return None

    def store(self, registry: str, credential: Mapping[str, str]) -> None:
        """Keep a credential, in a helper where the configuration names one."""
        helper = self._helper(registry)
        if helper:
            token = credential.get("identitytoken")
            entry = {
                "ServerURL": registry,
                "Username": "<token>" if token else credential["username"],
                "Secret": token or credential["password"],
            }
            _ask(helper, "store", json.dumps(entry))
            return
        self._forget(registry)
        auths = self._config.setdefault("auths", {})
        pair = f"{credential.get('username', '')}:{credential.get('password', '')}"
        auths[registry] = {"auth": base64.b64encode(pair.encode()).decode()}
        if credential.get("identitytoken"):
            auths[registry]["identitytoken"] = credential["identitytoken"]
        self._write()

    def erase(self, registry: str) -> None:
        """Forget a credential."""
        helper = self._helper(registry)
        if helper:
            _ask(helper, "erase", registry)
        elif self._forget(registry):
            self._write()

    def _forget(self, registry: str) -> bool:
        auths = self._config.get("auths") or {}
        names = [name for name in auths if registry_key(name) == registry]
        for name in names:
            del auths[name]
        return bool(names)

    def _helper(self, registry: str) -> Optional[str]:
        helpers = self._config.get("credHelpers") or {}
        return helpers.get(registry) or self._config.get("credsStore")

    def _write(self) -> None:
        folder = os.path.dirname(self._path)
        os.makedirs(folder or ".", mode=0o700, exist_ok=True)
        text = json.dumps(self._config, indent=4) + "\n"
        files.replace(self._path, text.encode(), mode=0o600)


def login_header(image: str, path: Optional[str] = None) -> Dict[str, str]:
    """The header by which an Engine logs in to an image's registry.

    Parameters:
        path: of config.json; the user's own when not given.
    """
    registry = registry_of(image)
    held = Credentials(path or default_path()).get(registry)
    if held is None:
        return {}
    data = json.dumps(dict(held, serveraddress=registry)).encode()
    return {"X-Registry-Auth": base64.urlsafe_b64encode(data).decode()}


def default_path() -> str:
    """Where the Docker CLI keeps its configuration for this user."""
    folder = os.environ.get("DOCKER_CONFIG") or os.path.expanduser("~/.docker")
    return os.path.join(folder, "config.json")


def _decoded(entry: Any) -> Optional[Credential]:
    if not isinstance(entry, dict):
        return None
    if entry.get("identitytoken"):
        return {"identitytoken": entry["identitytoken"]}
    try:
        name, _, password = base64.b64decode(entry["auth"]).decode().partition(":")
    except (KeyError, ValueError):
        return None
    return {"username": name, "password": password}


def _ask(helper: str, verb: str, text: str) -> str:
    program = f"docker-credential-{helper}"
    try:
        done = subprocess.run(
            [program, verb],
            input=text.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            check=False,
        )
    except OSError as error:
        raise ModuleFailed(f"cannot run {program}, which config.json names: {error}") from None
    said = done.stdout.decode("utf-8", "replace").strip()
    if done.returncode == 0:
        return said
    if _NONE in said:
        return ""
    raise ModuleFailed(f"{program} {verb} failed: {said or done.stderr.decode('utf-8', 'replace')}")

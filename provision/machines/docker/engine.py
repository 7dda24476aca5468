"""The Docker Engine that nodes live on: connection, facts, and errors in words."""

from __future__ import annotations

import os
import pwd
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from provision.errors import MachineError

if TYPE_CHECKING:
    from docker import DockerClient

DEFAULT_SOCKET = "unix:///var/run/docker.sock"

# Seconds for one answer. Starting a node waits for its boot, on slow machines too.
_TIMEOUT = 180


def engine_environment() -> dict[str, str]:
    """The environment to find the engine by.

    After ``eval "$(provision env NODE)"`` it leads to a node, which is not where nodes are made.
    """
    if "DOCKER_MACHINE_NAME" not in os.environ:
        return dict(os.environ)
    return {key: value for key, value in os.environ.items() if not key.startswith("DOCKER_")}


class Engine:
    """One engine: ``DOCKER_HOST`` or the default socket. Thread-safe: a client per thread."""

    def __init__(self) -> None:
        self.url = engine_environment().get("DOCKER_HOST") or DEFAULT_SOCKET
        self._local = threading.local()

    @property
    def client(self) -> DockerClient:
        """This thread's client.

        Raises:
            MachineError: the engine does not answer.
        """
        existing: DockerClient | None = getattr(self._local, "client", None)
        if existing is None:
            problem, existing = self._connect()
            if existing is None:
                raise MachineError(f"no Docker Engine: {problem}")
            self._local.client = existing
        return existing

    def problem(self) -> str | None:
        """Why the engine cannot be used, and what to do; None if it can."""
        if getattr(self._local, "client", None) is not None:
            return None
        problem, client = self._connect()
        if client is not None:
            self._local.client = client
        return problem

    @cached_property
    def info(self) -> dict[str, Any]:
        """``GET /info`` once: memory, CPUs, storage driver, cgroup version, ..."""
        with said("ask the Docker Engine about itself"):
            info: dict[str, Any] = self.client.info()
            return info

    @property
    def is_local(self) -> bool:
        """Whether the engine shares this host's kernel and routes."""
        parts = urlsplit(self.url)
        if parts.scheme in ("unix", ""):
            # Docker Desktop's socket leads into its virtual machine.
            return self.info.get("OperatingSystem") != "Docker Desktop"
        return parts.hostname in ("localhost", "127.0.0.1", "::1")

    def _connect(self) -> tuple[str | None, DockerClient | None]:
        import docker  # costs a quarter of a second: only when an engine is really used
        from docker.errors import DockerException

        try:
            # The client asks for the API version first: this is already a round trip.
            return None, docker.DockerClient.from_env(
                timeout=_TIMEOUT, environment=engine_environment()
            )
        except DockerException as error:
            return self._explain(error), None

    def _explain(self, error: Exception) -> str:
        text = str(error)
        parts = urlsplit(self.url)
        if "Permission denied" in text or "PermissionError" in text:
            user = pwd.getpwuid(os.getuid()).pw_name
            return (
                f"no permission on {parts.path}; add yourself to the group docker "
                f"(sudo usermod -aG docker {user}) and log in again, or run as root"
            )
        if parts.scheme == "unix" and "FileNotFoundError" in text:
            return (
                f"no socket {parts.path}; install it (apt-get install docker.io) "
                "and start it (systemctl start docker, or dockerd)"
            )
        if parts.scheme == "unix" and "Connection refused" in text:
            return f"nobody answers on {parts.path}; start it (systemctl start docker, or dockerd)"
        return f"{self.url} does not answer ({text}); check DOCKER_HOST"


@contextmanager
def said(doing: str, machine: str | None = None) -> Iterator[None]:
    """Turns the SDK's errors into ``MachineError``: cannot DOING: REASON.

    Parameters:
        doing: the verb and its object, such as ``start swarm-node-1``.
        machine: the machine it concerns.
    """
    from docker.errors import APIError, DockerException
    from requests.exceptions import RequestException

    try:
        yield
    except APIError as error:
        reason = error.explanation or str(error)
        raise MachineError(f"cannot {doing}: {reason}", host=machine) from error
    except (DockerException, RequestException) as error:
        raise MachineError(
            f"cannot {doing}: {error}", host=machine, hint="is the Docker Engine still running?"
        ) from error

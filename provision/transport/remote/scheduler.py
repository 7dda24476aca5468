"""From a scheduler's address to sessions on its workers."""

from __future__ import annotations

import contextlib
import ipaddress
import platform
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from provision.errors import UsageError
from provision.transport.remote import worker
from provision.transport.remote.link import WorkerLink
from provision.transport.remote.sessions import DaskSessions

if TYPE_CHECKING:
    from distributed import Client

CONNECT_TIMEOUT = 10
"""Seconds for the scheduler to answer."""


@dataclass(frozen=True, slots=True)
class Scheduler:
    """A Dask scheduler.

    Parameters:
        address: ``tcp://HOST:PORT`` or ``tls://HOST:PORT``.
        ca, cert, key: files for TLS; None for those of Dask's own configuration.
    """

    address: str
    ca: str | None = None
    cert: str | None = None
    key: str | None = None


def dask_sessions(scheduler: Scheduler, warn: Callable[[str], None]) -> DaskSessions:
    """Sessions on the workers that the scheduler has now.

    Raises:
        UsageError: Dask is not installed; the scheduler does not answer; it has no workers; they
            run another provision or Python.
    """
    address = _checked(scheduler, warn)
    client = _connect(scheduler, address)
    try:
        workers = sorted(client.scheduler_info(n_workers=-1)["workers"])
        if not workers:
            raise UsageError(
                f"the scheduler at {address} has no workers", hint=f"dask worker {address}"
            )
        _require_same(client)
        run = secrets.token_hex(8)
        links = [WorkerLink(client, each, run) for each in workers]
    except BaseException:
        client.close()
        raise
    return DaskSessions(links, lambda: _close(client))


def _checked(scheduler: Scheduler, warn: Callable[[str], None]) -> str:
    parts = urlsplit(scheduler.address)
    try:
        sound = parts.scheme in ("tcp", "tls") and bool(parts.hostname and parts.port)
    except ValueError:
        sound = False
    if not sound:
        raise UsageError(
            f"'{scheduler.address}' is no scheduler's address",
            hint="tcp://HOST:PORT or tls://HOST:PORT; `dask scheduler` prints it",
        )
    tls = (scheduler.ca, scheduler.cert, scheduler.key)
    if any(tls) and not all(tls):
        raise UsageError(
            "TLS needs three files", hint="--scheduler-ca, --scheduler-cert and --scheduler-key"
        )
    for file in filter(None, tls):
        if not Path(file).is_file():
            raise UsageError(f"there is no file {file}")
    if any(tls) and parts.scheme != "tls":
        raise UsageError(
            f"{scheduler.address} is not encrypted, but certificates were given for it",
            hint=f"--scheduler tls://{parts.netloc}",
        )
    if parts.scheme == "tcp" and not _is_loopback(str(parts.hostname)):
        warn(
            f"{scheduler.address} is not encrypted: what nodes are sent, keys and secrets "
            "included, can be read and changed on the way; use tls://"
        )
    return scheduler.address


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _connect(scheduler: Scheduler, address: str) -> Client:
    try:
        from distributed import Client, Security
    except ImportError:
        raise UsageError(
            "--scheduler needs Dask, which is not installed here",
            hint="pip install 'provision[dask]'",
        ) from None
    security = None
    if scheduler.ca:
        security = Security(
            tls_ca_file=scheduler.ca,
            tls_client_cert=scheduler.cert,
            tls_client_key=scheduler.key,
            require_encryption=True,
        )
    try:
        return Client(
            address,
            security=security,
            timeout=CONNECT_TIMEOUT,
            set_as_default=False,
            name="provision",
        )
    except (OSError, TypeError, ValueError) as error:
        reason = str(error.__cause__ or error)
        raise UsageError(
            f"no Dask scheduler answers at {address}: {reason}",
            hint="is it running, and is this its address? `dask scheduler` prints it",
        ) from None


def _require_same(client: Client) -> None:
    """Refuse workers that would not understand what they are sent."""
    ours = own_identity()
    pythons = _ask(client, platform.python_version)
    answers = _ask(client, worker.identify)
    problems = []
    for address, answer in answers.items():
        python = str(pythons.get(address))
        if python.rpartition(".")[0] != ours["python"]:
            problems.append(f"{address} runs Python {python}, this is {ours['python']}")
        elif isinstance(answer, ImportError):
            problems.append(f"{address} has no provision")
        elif isinstance(answer, BaseException):
            problems.append(f"{address} cannot say what it runs: {answer}")
        elif answer["provision"] != ours["provision"]:
            problems.append(
                f"{address} has provision {answer['provision']}, not {ours['provision']}"
            )
        elif answer != ours:
            problems.append(f"{address} has another build of provision {ours['provision']}")
    if problems:
        raise UsageError(
            "; ".join(problems),
            hint="install the same version of provision on the workers and here",
        )


def own_identity() -> dict[str, str]:
    """What this process would answer if it were a worker."""
    return worker.identify()


def _ask(client: Client, function: Callable[[], Any]) -> Mapping[str, Any]:
    return dict(client.run(function, on_error="return"))


def _close(client: Client) -> None:
    with contextlib.suppress(Exception):
        client.close(timeout=3)

"""Docker contexts: what `docker --context` and `docker context use` know a machine by."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from provision.cluster import tls
from provision.cluster.engine_address import engine_url
from provision.cluster.machine.found import Found
from provision.errors import MachineError, UsageError

# Seconds. It only writes files.
_TIMEOUT = 30


def context_name(found: Found) -> str:
    """Machine names repeat between clusters; contexts are one user's."""
    return f"{found.cluster.name}.{found.name}"


def make_context(found: Found) -> str:
    """Make the machine's context, or bring it up to date; its name.

    Raises:
        UsageError: there is no docker client here, or there are no working certificates.
        MachineError: the client refuses.
    """
    if shutil.which("docker") is None:
        raise UsageError("there is no docker client here", hint="apt-get install docker-cli")
    files = tls.client_files(found.cluster, found.name)
    name = context_name(found)
    reach = (
        f"host={engine_url(found.endpoint)},ca={files.authority[0]},"
        f"cert={files.client[0]},key={files.client[1]}"
    )
    verb = "update" if _docker("inspect", name).returncode == 0 else "create"
    about = f"--description=machine {found.name} of provision's cluster {found.cluster.name}"
    done = _docker(verb, about, f"--docker={reach}", name)
    if done.returncode:
        raise MachineError(f"docker context {verb} {name}: {done.stderr.strip()}", host=found.name)
    return name


def remove_context(found: Found) -> None:
    """Remove the machine's context, if there is one."""
    name = context_name(found)
    # Where the client keeps what it knows of a context, under the hash of its name.
    configuration = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    kept = configuration / "contexts" / "meta" / hashlib.sha256(name.encode()).hexdigest()
    if kept.exists() and shutil.which("docker"):
        _docker("rm", "--force", name)


def _docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", "context", *arguments],
        capture_output=True,
        text=True,
        timeout=_TIMEOUT,
        check=False,
    )

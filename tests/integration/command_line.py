"""The ``provision`` command in a folder, as a user types it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path


def provision(
    *arguments: str,
    folder: Path,
    expect: int | None = 0,
    timeout: float = 900,
    env: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run it, with nobody at the keyboard; fail with what it said if it ends otherwise.

    Parameters:
        expect: the exit code; None for any.
        env: what differs from this process's environment.
    """
    done = subprocess.run(
        [sys.executable, "-m", "provision", *arguments],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=timeout,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "NO_COLOR": "1", **(env or {})},
    )
    if expect is not None:
        assert done.returncode == expect, (
            f"provision {' '.join(arguments)}: exit code {done.returncode}, not {expect}\n"
            f"{done.stdout[-6000:]}\n{done.stderr[-3000:]}"
        )
    return done

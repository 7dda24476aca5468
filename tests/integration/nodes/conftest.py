"""One cluster of Debian 11, 12 and 13, the last two with the Docker of the release before."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from tests.integration.cluster.conftest import CommandLine

# The node's own mirror, another release of it, and that only for the engine.
_OLDER = """
set -e
apt-get -qq update
mirror=$(apt-get indextargets --format '$(COMPONENT) $(REPO_URI)' 'Identifier: Packages' |
    sed -n 's/^main //p' | head -1)
echo "deb $mirror {suite} main" > /etc/apt/sources.list.d/older.list
printf 'Package: *\\nPin: release n={suite}\\nPin-Priority: -1\\n' > /etc/apt/preferences.d/older
apt-get -qq update
version=$(apt-cache madison docker.io | grep ' {suite}/' | head -1 | cut -d'|' -f2 | tr -d ' ')
DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends docker.io=$version
rm /etc/apt/sources.list.d/older.list /etc/apt/preferences.d/older
"""

OLDER = {2: "bullseye", 3: "bookworm"}
"""Whose Docker a node has at first."""


@pytest.fixture(scope="session")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CommandLine]:
    """Three managers, bootstrapped; removed afterwards whatever happened."""
    made = CommandLine(tmp_path_factory.mktemp("workspace"), f"n{uuid.uuid4().hex[:6]}")
    shape = ("--nodes", "3", "--cpus", "1", "--memory", "1024", "--driver", "docker")
    releases = ("--node-release", "1=bullseye", "--node-release", f"{made.node(3)}=13")
    try:
        made.run("up", *shape, *releases, "--no-install", timeout=1800)
        for number, suite in OLDER.items():
            made.on(number, _OLDER.format(suite=suite), timeout=900)
        made.run("up", timeout=1800)
        made.run("bootstrap", timeout=900)
        yield made
    finally:
        if made.state.exists():
            made.run("down", "--yes", expect=None)

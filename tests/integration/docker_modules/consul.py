"""A Consul agent of a test's own on a node, beside whatever else runs there."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

# Where a node has no Consul, Debian bullseye's package is taken from the node's own mirror.
INSTALL = r"""
set -e
command -v consul >/dev/null && exit 0
mirror=$(cat /etc/apt/sources.list /etc/apt/sources.list.d/* 2>/dev/null |
    sed -nE 's/^deb( \[[^]]*\])? ([^ ]+) [^ ]+ main.*/\2/p; s/^URIs: *(.*)/\1/p' | head -n1)
printf 'Types: deb\nURIs: %s\nSuites: bullseye\nComponents: main\nSigned-By: %s\n' "$mirror" \
    /usr/share/keyrings/debian-archive-keyring.gpg >/etc/apt/sources.list.d/bullseye.sources
printf 'Package: *\nPin: release n=bullseye\nPin-Priority: -1\n\nPackage: consul\n%s\n' \
    'Pin: release n=bullseye
Pin-Priority: 500' >/etc/apt/preferences.d/bullseye
apt-get update -qq
DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends consul
"""


@dataclass(frozen=True)
class Asked:
    """Calls Consul's modules on a node.

    Parameters:
        ask: what it calls.
    """

    ask: Callable[..., Any]
    node: Any
    token: str = ""

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self.ask(*args, **keywords)


def start(call, node, unit: str, port: int, options: str) -> None:
    """An agent whose API listens on ``port`` and all else near it.

    Parameters:
        options: more of its command line; ``-dev`` for one that keeps nothing.
    """
    installed = call(node, "shell", cmd=INSTALL)
    assert installed["rc"] == 0, installed
    ports = (
        f"http = {port} server = {port - 200} serf_lan = {port - 199} "
        "serf_wan = -1 dns = -1 grpc = -1"
    )
    command = (
        f"systemd-run -q --collect --unit={unit} consul agent -node {unit} "
        f"-bind 127.0.0.1 -data-dir /tmp/{unit} -hcl 'ports {{ {ports} }}' {options}"
    )
    started = call(node, "shell", cmd=f"rm -rf /tmp/{unit}; {command}")
    assert started["rc"] == 0, started


def until(ask, done):
    """Its answer, once that is as ``done`` says."""
    for _ in range(240):
        answer = ask()
        if done(answer):
            return answer
        time.sleep(0.5)
    raise AssertionError(answer)


def stop(call, node, unit: str) -> None:
    call(node, "shell", cmd=f"systemctl stop {unit}; rm -rf /tmp/{unit}")

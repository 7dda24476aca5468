"""The services of a soak: one stack, as its Compose file declares it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from provision.verify.probes.swarm import SERVICES
from provision.verify.probes.workload import IMAGE, SERVE
from tests.soak.model import Service

STACK = "soak"


def service_name(service: Service) -> str:
    """Its name in the swarm."""
    return f"{STACK}_{service.name}"


def write(path: Path, services: Sequence[Service]) -> None:
    """Replace the Compose file."""
    document = {
        "version": "3.8",
        "services": {service.name: _section(service) for service in services},
        "networks": {SERVICES: {"external": True}},
    }
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def _section(service: Service) -> dict[str, Any]:
    return {
        "image": IMAGE,
        "command": ["sh", "-c", SERVE.replace("$", "$$")],
        "hostname": "{{.Node.Hostname}}",
        "environment": {"VERSION": str(service.version)},
        "networks": [SERVICES],
        "stop_grace_period": "1s",
        "deploy": {
            "replicas": service.replicas,
            "endpoint_mode": "dnsrr",
            "update_config": {"order": "start-first", "parallelism": 1},
        },
    }

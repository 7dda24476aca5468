"""Which baked image stands for a node that `up` would install: the one made of the same things."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from provision.cluster.cluster import Cluster
from provision.machines.baked_image import baked_match, node_images
from provision.machines.docker.engine import Engine
from provision.machines.driver import MachineSpec, Progress
from provision.machines.node_image import NodeImages
from provision.machines.releases import DEFAULT_RELEASE, is_codename
from provision.resources import resource

_WENT_IN = (
    ("playbooks", "install.yml"),
    ("playbooks", "roles", "docker"),
    ("playbooks", "roles", "consul"),
    ("templates",),
    ("images", "node", "forget-identity.sh"),
)


def fingerprint(variables: Mapping[str, Any]) -> str:
    """The hash of all that the install play is made from: playbook, roles, templates, variables."""
    digest = hashlib.sha256(json.dumps(dict(variables), sort_keys=True, default=str).encode())
    for parts in _WENT_IN:
        root = resource(*parts)
        files = [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file())
        for file in files:
            name = "/".join([*parts, *file.relative_to(root).parts])
            digest.update(f"{name}\0".encode() + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def with_baked_images(
    cluster: Cluster, specs: Sequence[MachineSpec], variables: Mapping[str, Any], say: Progress
) -> list[MachineSpec]:
    """The same machines; those that the docker driver is to make anew from baked images."""
    made_by = {entry.name: entry.driver for entry in cluster.shape.named}
    new = [
        spec
        for spec in specs
        if spec.name not in cluster.endpoints
        and made_by.get(spec.name, cluster.driver.name) == "docker"
        and is_codename(spec.image or DEFAULT_RELEASE)
    ]
    chosen: dict[str, str] = {}
    for release in dict.fromkeys(spec.image or DEFAULT_RELEASE for spec in new):
        if name := _find(release, variables, say):
            chosen[release] = name
    return [
        dataclasses.replace(spec, image=chosen.get(spec.image or DEFAULT_RELEASE, spec.image))
        if spec in new
        else spec
        for spec in specs
    ]


def _find(release: str, variables: Mapping[str, Any], say: Progress) -> str | None:
    engine = Engine()
    base = NodeImages(engine).name(release)
    if found := baked_match(engine, base, fingerprint(variables)):
        say("", f"baked image {found.name}: Docker and Consul are in it")
        return found.name
    stale = [image.name for image in node_images(engine) if image.base.startswith(_of(base))]
    if stale:
        say("", f"baked image {stale[0]} was made of something else: not used")
    return None


def _of(base: str) -> str:
    """What the names of all node images of a release begin with."""
    return base.rpartition("-")[0] + "-"

"""The image nodes start from: made once per engine from images/node, whichever way works."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from provision.errors import MachineError, UsageError
from provision.machines.cache import cache_directory
from provision.machines.debian_sources import Mirror, host_mirror
from provision.machines.docker.engine import Engine, engine_environment, said
from provision.machines.driver import Progress
from provision.machines.filelock import file_lock
from provision.machines.mmdebstrap import hand_over_root
from provision.machines.releases import DEFAULT_RELEASE, is_codename
from provision.resources import resource

REPOSITORY = "provision-node"
LABEL = "provision.node"
SOURCES = ("auto", "registry", "mmdebstrap")

# Seconds the engine gets to hear from its registry: without one it costs no more than this.
_REGISTRY_TIMEOUT = 3
_RECIPE = ("Dockerfile", "packages.txt", "provision-node-init", "setup.sh")
_CONFIGURATION = ("ENV", "LABEL", "ENTRYPOINT", "CMD")


def configuration(recipe: Path) -> list[str]:
    """The Dockerfile's instructions about the image's configuration, for ``docker import``."""
    lines = (recipe / "Dockerfile").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.split(" ")[0] in _CONFIGURATION]


def image_name(release: str, recipe: Path, mirror: Mirror | None) -> str:
    """``provision-node:RELEASE-HASH``; the hash is of all that decides the image's content."""
    digest = hashlib.sha256()
    for file in _RECIPE:
        digest.update((recipe / file).read_bytes() + b"\0")
    digest.update(repr(mirror.lines if mirror else ()).encode())
    return f"{REPOSITORY}:{release}-{digest.hexdigest()[:12]}"


class NodeImages:
    """Finds or makes node images on one engine.

    Parameters:
        source: ``registry``, ``mmdebstrap``, or ``auto`` for the first of them that works.
    """

    def __init__(self, engine: Engine, source: str = "auto") -> None:
        self._engine = engine
        self._source = source
        self._recipe = resource("images", "node")

    def ensure(self, wanted: str | None, say: Progress) -> str:
        """The image for a machine, present on the engine.

        Parameters:
            wanted: a Debian codename, an image made from a node image, or None for the default.

        Raises:
            UsageError: a named image is absent or not a node image.
            MachineError: the image cannot be made.
        """
        release = wanted or DEFAULT_RELEASE
        if not is_codename(release):
            return self._given(release)
        mirror = host_mirror(release)
        name = image_name(release, self._recipe, mirror)
        if self._exists(name):
            return name
        with file_lock(
            cache_directory() / "node-image.lock",
            lambda pid: say("", f"node image: process {pid} is making it, waiting"),
        ):
            if not self._exists(name):
                self._make(name, release, mirror, say)
        return name

    def name(self, wanted: str | None) -> str:
        """What ``ensure`` answers, without looking or making."""
        release = wanted or DEFAULT_RELEASE
        if not is_codename(release):
            return release
        return image_name(release, self._recipe, host_mirror(release))

    def _given(self, name: str) -> str:
        from docker.errors import ImageNotFound

        try:
            with said(f"look for image {name}"):
                image = self._engine.client.images.get(name)
        except MachineError as error:
            if isinstance(error.__cause__, ImageNotFound):
                raise UsageError(
                    f"image {name} is not on this engine", hint=f"docker pull {name}"
                ) from error
            raise
        if LABEL not in image.labels:
            raise UsageError(
                f"image {name} is not a node image: it has no label {LABEL}",
                hint=f"build it FROM {self.name(None)}, or give a Debian codename",
            )
        return name

    def _exists(self, name: str) -> bool:
        with said(f"look for image {name}"):
            return bool(self._engine.client.api.images(name=name))

    def _make(self, name: str, release: str, mirror: Mirror | None, say: Progress) -> None:
        failed: MachineError | None = None
        if self._source != "mmdebstrap" and self._base_there(release, say):
            try:
                self._build(name, release, say)
            except MachineError as error:
                if self._source == "registry":
                    raise
                failed = error
                say("", f"node image: {error}; making it with mmdebstrap instead")
            else:
                return
        if self._source == "registry":
            raise MachineError(
                f"no registry gives debian:{release} within {_REGISTRY_TIMEOUT} s",
                hint="drop the driver option image-source=registry to make it from Debian packages",
            )
        if mirror is None:
            raise MachineError(
                f"cannot make the node image: no registry gives debian:{release}, "
                "and apt's sources on this host name no Debian mirror",
                hint="docker pull a node image by hand and name it with the driver's image option",
            ) from failed
        self._from_packages(name, release, mirror, say)

    def base_answers(self, release: str) -> bool:
        """Whether debian:RELEASE is here or the engine can reach a registry that has it."""
        from docker import DockerClient
        from docker.errors import DockerException
        from requests.exceptions import RequestException

        base = f"debian:{release}"
        if self._exists(base):
            return True
        try:
            DockerClient.from_env(
                timeout=_REGISTRY_TIMEOUT, environment=engine_environment()
            ).images.get_registry_data(base)
        except (DockerException, RequestException):
            return False
        return True

    def _base_there(self, release: str, say: Progress) -> bool:
        if self.base_answers(release):
            return True
        say("", f"node image: no registry gives debian:{release}")
        return False

    def _build(self, name: str, release: str, say: Progress) -> None:
        say("", f"node image: building {name} from debian:{release}")
        with said(f"build {name}"):
            stream = self._engine.client.api.build(
                path=str(self._recipe),
                tag=name,
                rm=True,
                decode=True,
                buildargs={"BASE": f"debian:{release}"},
            )
            for message in stream:
                if "error" in message:
                    raise MachineError(f"cannot build {name}: {message['error'].strip()}")
                line = str(message.get("stream", "")).strip()
                if line.startswith("Step "):
                    say("", f"node image: {line.splitlines()[0]}")

    def _from_packages(self, name: str, release: str, mirror: Mirror, say: Progress) -> None:
        if shutil.which("mmdebstrap") is None:
            raise MachineError(
                f"cannot make the node image: no registry gives debian:{release}, "
                "and mmdebstrap is not installed",
                hint="apt-get install mmdebstrap",
            )
        say("", f"node image: making {name} with mmdebstrap, about half a minute")
        image = hand_over_root(
            release, self._recipe, mirror, say, take=self._import, discard=self._remove
        )
        # Named only now: a stream cut short never becomes an image that the next run trusts.
        with said(f"tag {name}"):
            repository, _, tag = name.partition(":")
            self._engine.client.api.tag(image, repository, tag)
        say("", f"node image: {name} is ready")

    def _remove(self, image: str) -> None:
        self._engine.client.images.remove(image, force=True)

    def _import(self, chunks: Iterator[bytes]) -> str:
        with said("import the node image"):
            answer = self._engine.client.api.import_image_from_stream(
                chunks, changes=configuration(self._recipe)
            )
        last = json.loads(answer.strip().splitlines()[-1])
        if "error" in last:
            raise MachineError(f"cannot import the node image: {last['error']}")
        return str(last["status"])

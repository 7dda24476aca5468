"""Images made of files: an archive as `docker save` writes it, without an Engine.

The same files make the same image: its ID is the hash of what is in it, so nodes that have it are
told by its ID. Source: https://github.com/moby/moby/blob/master/image/spec/v1.2.md
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import platform
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO

from provision.agent.docker.image_names import full_name
from provision.cluster.images.layer import Tree
from provision.errors import UsageError

_LAYER = "layer/layer.tar"
_EPOCH = "1970-01-01T00:00:00Z"
_ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "armv7l": "arm"}


@dataclass(frozen=True, slots=True)
class Settings:
    """How containers of an image start.

    Parameters:
        ports: such as ``80/tcp``, for people who look.
    """

    entrypoint: Sequence[str] = ()
    command: Sequence[str] = ()
    environment: Sequence[str] = ()
    user: str = ""
    workdir: str = ""
    ports: Sequence[str] = ()
    labels: Mapping[str, str] = field(default_factory=dict)

    def config(self) -> dict[str, Any]:
        """As the Engine has them."""
        path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        own = any(line.startswith("PATH=") for line in self.environment)
        ports = [port if "/" in port else f"{port}/tcp" for port in self.ports]
        config = {
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.command),
            "Env": [*([] if own else [path]), *self.environment],
            "User": self.user,
            "WorkingDir": self.workdir,
            "ExposedPorts": {port: {} for port in ports},
            "Labels": dict(self.labels),
        }
        return {key: value for key, value in config.items() if value}


def pack(name: str, tree: Tree, settings: Settings, archive: Path) -> str:
    """Write an image's archive, whole or not at all; the image's ID.

    Parameters:
        name: with or without a tag.

    Raises:
        UsageError: there is nothing to pack, or the archive cannot be written.
    """
    if not (tree.files or tree.texts):
        raise UsageError("there is nothing to pack", hint="--program, --deb, --wheel or --add")
    try:
        with (
            tempfile.TemporaryFile() as layer,
            tempfile.NamedTemporaryFile(dir=archive.absolute().parent, delete=False) as file,
        ):
            try:
                tree.write(layer)
                identity = _write(full_name(name), layer, settings, file)
                file.close()
                # As any other new file, and not for its owner only as temporary ones.
                mask = os.umask(0)
                os.umask(mask)
                Path(file.name).chmod(0o666 & ~mask)
                Path(file.name).replace(archive)
            finally:
                Path(file.name).unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(f"cannot write {archive}: {error.strerror}") from None
    return identity


def _digest(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _write(name: str, layer: BinaryIO, settings: Settings, file: IO[bytes]) -> str:
    content = _digest(layer)
    config = {
        "architecture": _ARCHITECTURES.get(platform.machine(), platform.machine()),
        "os": "linux",
        "created": _EPOCH,
        "config": settings.config(),
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{content}"]},
        "history": [{"created": _EPOCH, "created_by": "provision image pack"}],
    }
    text = json.dumps(config, sort_keys=True).encode()
    identity = hashlib.sha256(text).hexdigest()
    manifest = [{"Config": f"{identity}.json", "RepoTags": [name], "Layers": [_LAYER]}]
    with tarfile.open(fileobj=file, mode="w") as archive:
        entry = tarfile.TarInfo(_LAYER)
        entry.size = layer.seek(0, os.SEEK_END)
        layer.seek(0)
        archive.addfile(entry, layer)
        for path, data in (
            (f"{identity}.json", text),
            ("manifest.json", json.dumps(manifest).encode()),
        ):
            entry = tarfile.TarInfo(path)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return f"sha256:{identity}"

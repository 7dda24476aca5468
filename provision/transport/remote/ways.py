"""Taking what leads to a host along to another machine: keys, pinned host keys, ssh_config."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from provision.errors import ProvisionError
from provision.transport.remote.messages import Way
from provision.transport.route import Hop, route
from provision.transport.target import Target


def way_to(target: Target) -> Way:
    """Decide here how a host is reached, and read what that takes.

    Raises:
        UsageError: an ssh_config or jump host that cannot be understood.
    """
    files: dict[str, bytes] = {}
    hops = route(target)
    for path in (path for hop in hops for path in (*hop.key_files, *hop.known_hosts)):
        try:
            files[str(path.absolute())] = path.read_bytes()
        except OSError:
            continue  # as absent there as here, and told so
    return Way(target, hops, files)


@contextmanager
def unpacked(way: Way) -> Iterator[list[Hop]]:
    """The hops, with their files in a private folder for as long as the body runs.

    Errors name the files as they are called on the controller.
    """
    with tempfile.TemporaryDirectory(prefix="provision-") as root:
        for name, content in way.files.items():
            path = Path(root + name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_bytes(content)
        try:
            yield [_moved(hop, root) for hop in way.hops]
        except ProvisionError as error:
            error.message = error.message.replace(root, "")
            error.hint = error.hint.replace(root, "") if error.hint else None
            raise


def _moved(hop: Hop, root: str) -> Hop:
    """Only what came along counts: not this machine's own files, nor its ssh-agent."""

    def there(paths: tuple[Path, ...]) -> tuple[Path, ...]:
        return tuple(Path(f"{root}{path.absolute()}") for path in paths)

    return dataclasses.replace(
        hop, key_files=there(hop.key_files), known_hosts=there(hop.known_hosts), use_agent=False
    )

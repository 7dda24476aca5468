"""A case: one playbook, what goes with it, and how it is run."""

from __future__ import annotations

import hashlib
import json
import shlex
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

CASES = Path(__file__).with_name("cases")
INVENTORY = """\
[web]
web1
web2

[db]
db1

[all:vars]
ansible_connection=local
ansible_python_interpreter=/usr/bin/python3
"""
"""What a case that brings no inventory of its own gets, as the file ``hosts``."""

NODE_INVENTORY = """\
[web]
web1
web2

[db]
db1

[all:vars]
ansible_host={address}
ansible_port={port}
ansible_user={user}
ansible_ssh_private_key_file={key_file}
ansible_ssh_common_args='-o UserKnownHostsFile={known_hosts} -o IdentitiesOnly=yes'
ansible_python_interpreter=/usr/bin/python3
"""
"""The same for a case on a real node: all hosts are that one."""

_KEYS = ("run", "differs", "exit", "says", "server", "node", "ansible")


@dataclass(frozen=True)
class Case:
    """``AREA/NAME.yml`` with the folder ``AREA/NAME``, if there is one, as its surroundings.

    The comment at the top of the playbook says what the case is about, and in lines
    ``# key: value``:

    - ``run``: arguments of a run, beside inventory and playbook. Repeatable: the runs follow
      one another on the same work folder, which shows idempotence. Without it: one plain run.
    - ``differs``: what provision does otherwise on purpose, and why, for the documentation.
      Then not Ansible's outcome is expected but the ``exit`` codes and a message with ``says``.
    - ``node``: run over SSH on a real node, as root, not on this machine. ``work`` is a folder
      there, and this is what is compared afterwards. Nodes are shared: leave it as it was.
    - ``ansible``: provision finds the real Ansible, whose modules it then can run.
    - ``server``: serve the scratch folder over HTTP; the playbook gets its ``port``.
    """

    path: Path
    runs: tuple[tuple[str, ...], ...]
    about: str
    differs: str = ""
    exits: tuple[int, ...] = ()
    says: tuple[str, ...] = ()
    server: bool = False
    node: bool = False
    ansible: bool = False
    files: tuple[Path, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        return f"{self.path.parent.name}/{self.path.stem}"

    @property
    def companion(self) -> Path:
        return self.path.with_suffix("")

    @property
    def recording(self) -> Path:
        return self.path.with_suffix(".json")

    @cached_property
    def checksum(self) -> str:
        """Of all the case consists of."""
        digest = hashlib.sha256((NODE_INVENTORY if self.node else INVENTORY).encode())
        for file in (self.path, *self.files):
            digest.update(str(file.relative_to(CASES)).encode() + b"\0" + file.read_bytes())
        return digest.hexdigest()[:16]

    def recorded(self) -> dict[str, Any] | None:
        """What ansible-playbook did; None where that is unknown or of an older case."""
        if not self.recording.is_file():
            return None
        found: dict[str, Any] = json.loads(self.recording.read_text(encoding="utf-8"))
        return found if found["case"] == self.checksum else None


def read(path: Path) -> Case:
    """A case from its playbook's file."""
    keys: dict[str, list[str]] = {key: [] for key in _KEYS}
    about = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            break
        text = line[1:].strip()
        key, colon, value = text.partition(":")
        if colon and key in keys:
            keys[key].append(value.strip())
        else:
            about.append(text)
    folder = path.with_suffix("")
    files = sorted(file for file in folder.rglob("*") if file.is_file()) if folder.is_dir() else []
    return Case(
        path=path,
        runs=tuple(tuple(shlex.split(words)) for words in keys["run"] or [""]),
        about=" ".join(about),
        differs=" ".join(keys["differs"]),
        exits=tuple(int(word) for word in " ".join(keys["exit"]).split()),
        says=tuple(keys["says"]),
        server=bool(keys["server"]),
        node=bool(keys["node"]),
        ansible=bool(keys["ansible"]),
        files=tuple(files),
    )


def every_case() -> list[Case]:
    """All cases, by area and name."""
    return [read(path) for path in sorted(CASES.glob("*/*.yml"))]

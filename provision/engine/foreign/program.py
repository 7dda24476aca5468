"""A foreign module's file made into what a node can run.

https://docs.ansible.com/ansible/latest/dev_guide/developing_program_flow_modules.html
"""

from __future__ import annotations

import functools
import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from provision.agent import foreign_start
from provision.engine.foreign.imports import Closure, uses_ansible
from provision.errors import TaskFailed
from provision.playbook.collections import BUILTIN, Collections, parts_of
from provision.playbook.foreign import ForeignSpec
from provision.playbook.installed_ansible import installed_ansible
from provision.transport.payload import Payload

_JSON_ARGUMENTS = b"<<INCLUDE_ANSIBLE_MODULE_JSON_ARGS>>"
_COMMON = b"#<<INCLUDE_ANSIBLE_MODULE_COMMON>>"
_COMMON_IMPORT = b"from ansible.module_utils.basic import *"
_TEXT = frozenset(range(0x20, 0x100)) | set(b"\t\n\r\f\b\x1b")


@dataclass(frozen=True, slots=True)
class PythonProgram:
    """A module written for Ansible's library.

    Parameters:
        name: its import name.
    """

    name: str
    payload: Payload


@dataclass(frozen=True, slots=True)
class Executable:
    """A module that is a program: a script with an interpreter line, or a binary.

    Parameters:
        interpreter: the words of its first line; none for a binary.
    """

    content: bytes
    interpreter: tuple[str, ...]

    def given(self, params: Mapping[str, Any]) -> bytes:
        """The program itself; some want their parameters put into their text."""
        if _JSON_ARGUMENTS not in self.content:
            return self.content
        return self.content.replace(_JSON_ARGUMENTS, json.dumps(params, default=str).encode())

    def arguments(self, params: Mapping[str, Any]) -> str:
        """The file of arguments: JSON for those that say they want it, else key=value."""
        if not self.interpreter or b"WANT_JSON" in self.content:
            return json.dumps(params, default=str)
        return " ".join(f"{key}={shlex.quote(str(value))}" for key, value in params.items())


def program_of(
    spec: ForeignSpec, collections: Collections, utilities: tuple[Path, ...]
) -> PythonProgram | Executable:
    """A module, read once.

    Raises:
        TaskFailed: it cannot be read, has no interpreter line, or Ansible is not installed.
    """
    return _program(spec.name, spec.path, _folders(collections), collections, utilities)


def _folders(collections: Collections) -> tuple[Path, ...]:
    return tuple(collections.folders())


@functools.cache
def _program(
    name: str,
    path: Path,
    _folders: tuple[Path, ...],
    collections: Collections,
    utilities: tuple[Path, ...],
) -> PythonProgram | Executable:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise TaskFailed(f"cannot read the module {path}: {error.strerror}") from None
    collection, short = parts_of(name)
    if collection in BUILTIN:
        full = f"ansible.modules.{short}"
    else:
        full = f"ansible_collections.{collection}.plugins.modules.{short}"
    content = content.replace(_COMMON, _COMMON_IMPORT)
    if uses_ansible(content, full.rpartition(".")[0]):
        return PythonProgram(full, _packed(full, content, collections, utilities))
    if any(byte not in _TEXT for byte in content[:1024]):
        return Executable(content, ())
    first = content.split(b"\n", 1)[0]
    if not first.startswith(b"#!"):
        raise TaskFailed(
            f"the module {path} has no interpreter line",
            hint="its first line must be like #!/usr/bin/python3",
        )
    return Executable(content, tuple(os.fsdecode(first[2:]).split()))


def _packed(
    name: str, content: bytes, collections: Collections, utilities: tuple[Path, ...]
) -> Payload:
    ansible = installed_ansible()
    if ansible is None:
        raise TaskFailed(
            f"{name} needs Ansible's library, which is not installed here",
            hint="pip install 'provision[ansible]'",
        )
    closure = Closure(ansible, collections, utilities)
    closure.add_source(name, content)
    closure.add("ansible.module_utils.basic")
    # What is in there is imported by names made up at run time.
    core = ansible.core.parent
    for file in (ansible.core / "module_utils" / "_internal").rglob("*.py"):
        closure.add(
            ".".join(file.relative_to(core).with_suffix("").parts).removesuffix(".__init__")
        )
    closure.files["__main__.py"] = Path(foreign_start.__file__).read_bytes()
    return Payload.of(closure.files)

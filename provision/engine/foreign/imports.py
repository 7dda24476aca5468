"""What a Python module of Ansible's imports from Ansible."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from provision.playbook.collections import BUILTIN, Collections, redirected
from provision.playbook.installed_ansible import InstalledAnsible

_ROOTS = ("ansible", "ansible_collections")
_ALIAS = """import sys
import {target}
sys.modules[__name__] = sys.modules["{target}"]
"""


@functools.cache
def imported(source: bytes, package: str) -> tuple[str, ...]:
    """Full names of what a source imports, wherever it does; ``from a import b`` gives ``a`` and
    ``a.b``, since b may be a module.

    Parameters:
        package: the package that the source is in, for relative imports.

    Raises:
        SyntaxError, ValueError: it is not Python.
    """
    return tuple(dict.fromkeys(_imported(source, package)))  # modules share most of them


def _imported(source: bytes, package: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                above = package.split(".")
                base = ".".join([*above[: len(above) - node.level + 1], *filter(None, [base])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)


def uses_ansible(source: bytes, package: str) -> bool:
    """Whether a module is written for Ansible's Python library."""
    try:
        return any(name.split(".")[0] in _ROOTS for name in imported(source, package))
    except (SyntaxError, ValueError):
        return False


@dataclass
class Closure:
    """The files that a module needs.

    Parameters:
        utilities: folders whose modules come before ``ansible.module_utils``'s.

    Attributes:
        files: path below a folder of sys.path -> content.
    """

    ansible: InstalledAnsible
    collections: Collections
    utilities: tuple[Path, ...] = ()
    files: dict[str, bytes] = field(default_factory=dict)

    def add(self, name: str) -> None:
        """A module by its full name, its packages and all that they import. What is not there
        may be optional: the node's Python has the last word."""
        words = name.split(".")
        if words[0] not in _ROOTS:
            return
        for count in range(1, len(words) + 1):
            self._add_one(".".join(words[:count]))

    def add_source(self, name: str, source: bytes, *, package: bool = False) -> None:
        """A module whose source is known."""
        path = name.replace(".", "/") + ("/__init__.py" if package else ".py")
        if path in self.files:
            return
        self.files[path] = source
        inside = name if package else name.rpartition(".")[0]
        self.add(inside)
        try:
            for other in imported(source, inside):
                self.add(other)
        except (SyntaxError, ValueError):
            return  # its importer will say so on the node

    def _add_one(self, name: str) -> None:
        path = name.replace(".", "/")
        if f"{path}.py" in self.files or f"{path}/__init__.py" in self.files:
            return
        if name == "ansible":
            version = f"__version__ = {self.ansible.version!r}\n"
            self.files["ansible/__init__.py"] = version.encode()
            return
        for stem in self._places(name):
            if (stem / "__init__.py").is_file():
                self.add_source(name, (stem / "__init__.py").read_bytes(), package=True)
                return
            if stem.with_name(stem.name + ".py").is_file():
                self.add_source(name, stem.with_name(stem.name + ".py").read_bytes())
                return
            if stem.is_dir():
                self.add_source(name, b"", package=True)
                return
        self._add_moved(name)

    def _places(self, name: str) -> Iterator[Path]:
        words = name.split(".")
        if words[0] == "ansible":
            if words[1] == "module_utils" and len(words) > 2:
                yield from (folder.joinpath(*words[2:]) for folder in self.utilities)
            if words[1] in ("module_utils", "modules"):
                yield self.ansible.core.joinpath(*words[1:])
        elif len(words) <= 2:
            yield from (folder.joinpath(*words[1:]) for folder in self.collections.folders())
        else:
            found = self.collections.find(".".join(words[1:3]))
            if found:
                yield found.joinpath(*words[3:])

    def _add_moved(self, name: str) -> None:
        """A stand-in for a module that its collection says is elsewhere."""
        words = name.split(".")
        if name.startswith("ansible.module_utils."):
            known = f"{BUILTIN[0]}." + ".".join(words[2:])
        elif words[3:5] == ["plugins", "module_utils"] and len(words) > 5:
            known = ".".join([*words[1:3], *words[5:]])
        else:
            return
        target, _ = redirected(self.collections, "module_utils", known)
        if target == known:
            return
        full = _python_name(target)
        self.add_source(name, _ALIAS.format(target=full).encode())
        self.add(full)


def _python_name(target: str) -> str:
    """The import name of a redirect's target, which may be written either way."""
    if target.startswith(_ROOTS[1] + "."):
        return target
    words = target.split(".")
    if ".".join(words[:2]) in BUILTIN:
        return ".".join(["ansible.module_utils", *words[2:]])
    return ".".join([_ROOTS[1], *words[:2], "plugins.module_utils", *words[2:]])

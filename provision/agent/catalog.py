"""Which modules there are, found by listing their folder and imported one at a time.

The same code serves the controller (a checkout or an installed wheel) and the node (the
unpacked payload).
"""

from __future__ import annotations

import functools
import importlib
import os
from typing import Any, Dict, List, Optional, Tuple

from provision.agent import modules
from provision.agent.spec import Spec

LEGACY = "ansible.legacy"
FOREIGN = "foreign"
"""Runs what is no module of ours; no playbook can name it."""
ALIASES = {"systemd_service": "systemd"}
"""The modules' other names, said here too: to look for them would be to import all modules."""


class UnknownModule(LookupError):
    """There is no module of that name; ``args[0]`` is the name."""


@functools.lru_cache(maxsize=None)
def _names() -> Tuple[str, ...]:
    files = os.listdir(os.path.dirname(modules.__file__))
    return tuple(sorted(name[:-3] for name in files if name.endswith(".py")))


def module_names() -> List[str]:
    """The short names of all modules, sorted; imports none of them."""
    return [name for name in _names() if not name.startswith("_")]


def load_module(name: str) -> Any:
    """The Python module with ``SPEC`` and ``run(task)``. Only this one is imported.

    Raises:
        UnknownModule: no file of that name.
    """
    if name == FOREIGN:
        return importlib.import_module("provision.agent.foreign")
    if name.startswith("_") or name not in _names():
        raise UnknownModule(name)
    return importlib.import_module(modules.__name__ + "." + name)


def spec(name: str) -> Spec:
    """The declaration of the module with this short name. Raises UnknownModule."""
    declared = load_module(name).SPEC
    assert isinstance(declared, Spec)
    return declared


def all_specs() -> Dict[str, Spec]:
    """Every declaration by short name. Imports all modules: for documentation and lookups."""
    return {name: spec(name) for name in module_names()}


@functools.lru_cache(maxsize=None)
def resolve(name: str) -> Optional[str]:
    """The short name for a short name, FQCN or alias (``copy``, ``ansible.builtin.copy``).

    None if nothing is called that. No other module is imported for it.
    """
    collection, _, called = name.rpartition(".")
    short = ALIASES.get(called, called)
    if short in module_names() and collection in ("", LEGACY, spec(short).collection):
        return short
    return None

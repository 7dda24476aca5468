"""Paramiko without what sessions do not use of it.

``import paramiko`` imports its SFTP client and server, Invoke (for ``Match exec``: that brings
unittest.mock and asyncio), and importlib.metadata with the email package (for its own version
number). Here it gets what somebody asks for: of 300 ms CPU that spares 120 for Invoke and 45 for
the rest, measured where ``import typing`` takes 20.

Imported before Paramiko, for its effect.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from typing import Any


class Later(types.ModuleType):
    """Stands for a module until it is used. (importlib's LazyLoader loads at ``import`` already
    on Python 3.11.)"""

    def __getattr__(self, attribute: str) -> Any:
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), attribute)


class Package(types.ModuleType):
    """A package whose ``__init__`` runs once something is asked for that is in none of its modules.

    A class is looked for in the module of its name: ``paramiko.Ed25519Key`` in
    ``paramiko.ed25519key``.
    """

    def __getattr__(self, attribute: str) -> Any:
        name = f"{self.__name__}.{attribute.lower()}"
        if attribute.startswith("__"):
            raise AttributeError(attribute)
        if importlib.util.find_spec(name) is not None:
            module = importlib.import_module(name)
            found = module if name.endswith(attribute) else getattr(module, attribute, None)
            if found is not None:
                return found
        self.__class__ = types.ModuleType  # type: ignore[assignment]
        spec = self.__spec__
        assert spec is not None
        assert spec.loader is not None
        spec.loader.exec_module(self)
        return getattr(self, attribute)


def _prepare() -> None:
    sys.modules.setdefault("invoke", Later("invoke"))
    if "paramiko" in sys.modules:
        return
    spec = importlib.util.find_spec("paramiko")
    assert spec is not None
    package = sys.modules["paramiko"] = Package("paramiko")
    # The version is part of what Paramiko says to servers; its own is found the slow way alone.
    vars(package).update(
        __spec__=spec,
        __file__=spec.origin,
        __path__=spec.submodule_search_locations,
        __version__="provision",
    )


_prepare()

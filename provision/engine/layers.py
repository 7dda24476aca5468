"""Variables in order of precedence, without copying any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any


class Layers(Mapping[str, Any]):
    """Several mappings seen as one; the first that has a name gives its value.

    The mappings stay live: what is added to one later is seen. Nothing is merged: a
    dictionary in a higher layer replaces one below it, as in Ansible.
    """

    __slots__ = ("layers",)

    def __init__(self, *layers: Mapping[str, Any]) -> None:
        self.layers = tuple(layer for layer in layers if layer is not _EMPTY)

    def __getitem__(self, key: str) -> Any:
        for layer in self.layers:
            if key in layer:
                return layer[key]
        raise KeyError(key)

    def __contains__(self, key: object) -> bool:
        for layer in self.layers:  # noqa: SIM110  any() costs twice as much here
            if key in layer:
                return True
        return False

    def among(self, names: frozenset[str]) -> dict[str, Any]:
        """Those of many names that are there, with their values."""
        found: dict[str, Any] = {}
        for layer in reversed(self.layers):
            for name in layer.keys() & names:
                found[name] = layer[name]
        return found

    def __iter__(self) -> Iterator[str]:
        seen: dict[str, None] = {}
        for layer in self.layers:
            seen.update(dict.fromkeys(layer))
        return iter(seen)

    def __len__(self) -> int:
        return sum(1 for _ in self)


_EMPTY: Mapping[str, Any] = {}

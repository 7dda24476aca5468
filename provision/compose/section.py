"""Reading typed values out of a located mapping, each complaint with its place."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from provision.agent.docker.units import nanoseconds, size
from provision.agent.task import ModuleFailed
from provision.errors import DataError, Location, did_you_mean
from provision.located import location_of

_TRUE = ("true", "yes", "on", "y", "1")
_FALSE = ("false", "no", "off", "n", "0")


class Section:
    """One mapping of a compose file.

    Parameters:
        data: the mapping; None is an empty one.
        name: how messages call it, such as ``services.web``.
        at: its place, for values that do not know theirs.

    Raises:
        DataError: it is no mapping.
    """

    def __init__(self, data: Any, name: str, at: Location) -> None:
        self.name = name
        self.at = location_of(data) or at
        if data is None:
            data = {}
        if not isinstance(data, dict):
            raise DataError(f"{name} is {_shown(data)}, not a mapping", at=self.at)
        self._data = {str(key): value for key, value in data.items()}
        key_at: Mapping[Any, Location] = getattr(data, "key_at", {})
        self._key_at = {str(key): place for key, place in key_at.items()}

    def __contains__(self, key: str) -> bool:
        return self._data.get(key) is not None

    def __bool__(self) -> bool:
        return bool(self._data)

    def names(self) -> list[str]:
        """The keys, in the file's order."""
        return list(self._data)

    def place(self, key: str) -> Location:
        """Where a value was written, or its key, or this mapping."""
        return location_of(self._data.get(key)) or self._key_at.get(key) or self.at

    def wrong(self, key: str, wanted: str, hint: str | None = None) -> DataError:
        """The complaint about a value."""
        value = _shown(self._data.get(key))
        return DataError(
            f"{self.name}.{key} is {value}, not {wanted}", at=self.place(key), hint=hint
        )

    def only(self, known: Iterable[str]) -> None:
        """Raises DataError for a key that is neither known nor an extension (``x-``)."""
        names = set(known)
        for key in self._data:
            if key in names or key.startswith("x-"):
                continue
            raise DataError(
                f"{self.name} has no '{key}'",
                at=self._key_at.get(key) or self.at,
                hint=did_you_mean(key, names) or f"it has: {', '.join(sorted(names))}",
            )

    def raw(self, key: str) -> Any:
        return self._data.get(key)

    def section(self, key: str) -> Section:
        return Section(self._data.get(key), f"{self.name}.{key}", self.place(key))

    def sections(self) -> list[tuple[str, Section]]:
        """Every value as a mapping, in the file's order."""
        return [(key, self.section(key)) for key in self._data]

    def text(self, key: str) -> str | None:
        value = self._data.get(key)
        if value is None:
            return None
        if isinstance(value, (dict, list)):
            raise self.wrong(key, "text")
        return text_of(value)

    def choice(self, key: str, choices: Iterable[str]) -> str | None:
        value = self.text(key)
        if value is None or value in choices:
            return value
        known = ", ".join(choices)
        raise self.wrong(key, f"one of: {known}", did_you_mean(value, choices))

    def flag(self, key: str) -> bool | None:
        value = self._data.get(key)
        if value is None or isinstance(value, bool):
            return value
        word = str(value).strip().lower()
        if word in _TRUE:
            return True
        if word in _FALSE:
            return False
        raise self.wrong(key, "true or false")

    def number(self, key: str, least: int | None = None) -> int | None:
        value = self._data.get(key)
        if value is None:
            return None
        found = _integer(value)
        if found is None:
            raise self.wrong(key, "a whole number")
        if least is not None and found < least:
            raise self.wrong(key, f"a number from {least} on")
        return found

    def fraction(self, key: str) -> float | None:
        value = self._data.get(key)
        if value is None:
            return None
        try:
            found = float(text_of(value))
        except ValueError:
            raise self.wrong(key, "a number") from None
        if not 0 <= found < 1e12:
            raise self.wrong(key, "a number from 0 on")
        return found

    def duration(self, key: str) -> int | None:
        """Nanoseconds."""
        value = self._data.get(key)
        if value is None:
            return None
        if isinstance(value, (int, float)) and value != 0:
            raise self.wrong(key, "a duration", "with its unit, such as 10s")
        return self._unit(key, nanoseconds, "a duration such as 1m30s")

    def size(self, key: str) -> int | None:
        """Bytes."""
        return None if self._data.get(key) is None else self._unit(key, size, "a size such as 50M")

    def _unit(self, key: str, read: Callable[[str, Any], int], wanted: str) -> int:
        try:
            return read(key, self._data[key])
        except (ModuleFailed, OverflowError):
            raise self.wrong(key, wanted) from None

    def mode(self, key: str) -> int | None:
        """Permission bits: YAML's 0444 is a number already, "0444" is read as octal."""
        value = self._data.get(key)
        if isinstance(value, str):
            try:
                return int(value, 8)
            except ValueError:
                raise self.wrong(key, "permissions such as 0444") from None
        return self.number(key, 0)

    def items(self, key: str) -> list[Any]:
        """A list as it is."""
        value = self._data.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            raise self.wrong(key, "a list")
        return value

    def texts(self, key: str, single: bool = False) -> list[str]:
        """A list of texts.

        Parameters:
            single: one text may stand for a list of one.
        """
        value = self._data.get(key)
        if single and value is not None and not isinstance(value, (list, dict)):
            return [text_of(value)]
        found = self.items(key)
        if any(isinstance(item, (dict, list)) or item is None for item in found):
            raise self.wrong(key, "a list of texts")
        return [text_of(item) for item in found]

    def pairs(self, key: str, separator: str = "=") -> dict[str, str | None]:
        """A mapping of texts, or a list of ``key=value``. None where there is no value."""
        value = self._data.get(key)
        if value is None:
            return {}
        if isinstance(value, dict):
            if any(isinstance(item, (dict, list)) for item in value.values()):
                raise self.wrong(key, "a mapping of texts")
            return {str(k): None if v is None else text_of(v) for k, v in value.items()}
        if not isinstance(value, list):
            raise self.wrong(key, f"a mapping or a list of key{separator}value")
        out: dict[str, str | None] = {}
        for entry in self.texts(key):
            name, found, text = entry.partition(separator)
            out[name] = text if found else None
        return out

    def labels(self, key: str) -> dict[str, str]:
        return {name: text or "" for name, text in self.pairs(key).items()}

    def words(self, key: str) -> list[str] | None:
        """A command: a list, or a line split as a shell would."""
        value = self._data.get(key)
        if value is None:
            return None
        if isinstance(value, list):
            return self.texts(key)
        try:
            return shlex.split(self.text(key) or "")
        except ValueError as error:
            raise self.wrong(key, f"a command line ({error})") from None


def text_of(value: Any) -> str:
    """A scalar as compose files mean it: true is "true"."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def given(**fields: Any) -> dict[str, Any]:
    """What is not None."""
    return {key: value for key, value in fields.items() if value is not None}


def _integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    try:
        found = int(str(value), 10)
    except ValueError:
        return None
    return found if abs(found) < 2**63 else None


def _shown(value: Any) -> str:
    if value is None:
        return "empty"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return f"'{text_of(value)}'"

"""Variables in a compose file: ``$NAME``, ``${NAME}`` and the forms with a default or a demand.

Source: https://docs.docker.com/reference/compose-file/interpolation/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from provision.errors import DataError, Location
from provision.located import LocatedDict, LocatedList, LocatedStr, location_of

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATORS = (":-", ":?", ":+", "-", "?", "+")


class Variables:
    """What a file's variables stand for.

    Parameters:
        values: name -> value.
        warn: told of variables without value or default, once each.
    """

    def __init__(self, values: Mapping[str, str], warn: list[str]) -> None:
        self._values = values
        self._warn = warn

    def fill(self, data: Any, at: Location) -> Any:
        """A whole document with its variables replaced; keys stay as they are.

        Raises:
            DataError: a variable is malformed, or demanded and not there.
        """
        if isinstance(data, dict):
            filled = LocatedDict()
            filled.at = location_of(data) or at
            filled.key_at = dict(getattr(data, "key_at", {}))
            for key, value in data.items():
                filled[key] = self.fill(value, filled.key_at.get(key, at))
            return filled
        if isinstance(data, list):
            items = LocatedList(self.fill(value, at) for value in data)
            items.at = location_of(data) or at
            return items
        if isinstance(data, str) and "$" in data:
            place = location_of(data) or at
            return LocatedStr(self.text(data, place), place)
        return data

    def text(self, text: str, at: Location) -> str:
        """One string with its variables replaced. Raises as ``fill``."""
        out: list[str] = []
        position = 0
        while True:
            dollar = text.find("$", position)
            if dollar < 0:
                return "".join((*out, text[position:]))
            out.append(text[position:dollar])
            value, position = self._one(text, dollar + 1, at)
            out.append(value)

    def _one(self, text: str, start: int, at: Location) -> tuple[str, int]:
        if text[start : start + 1] == "$":
            return "$", start + 1
        if text[start : start + 1] == "{":
            end = _closing(text, start)
            if end is None:
                raise _malformed(text, at)
            return self._braced(text[start + 1 : end], at), end + 1
        name = _NAME.match(text, start)
        if name is None:
            raise _malformed(text, at)
        return self._plain(name[0]), name.end()

    def _braced(self, inner: str, at: Location) -> str:
        name = _NAME.match(inner)
        if name is None:
            raise _malformed("${" + inner + "}", at)
        rest = inner[name.end() :]
        if not rest:
            return self._plain(name[0])
        operator = next((each for each in _OPERATORS if rest.startswith(each)), None)
        if operator is None:
            raise _malformed("${" + inner + "}", at)
        word = rest[len(operator) :]
        value = self._values.get(name[0])
        there = bool(value) if operator.startswith(":") else value is not None
        if operator.endswith("+"):
            return self.text(word, at) if there else ""
        if there:
            return str(value)
        if operator.endswith("?"):
            why = self.text(word, at) or "it has no value"
            raise DataError(f"the variable {name[0]} is needed: {why}", at=at)
        return self.text(word, at)

    def _plain(self, name: str) -> str:
        if name in self._values:
            return str(self._values[name])
        warning = f"the variable {name} has no value; nothing stands in its place"
        if warning not in self._warn:
            self._warn.append(warning)
        return ""


def _closing(text: str, start: int) -> int | None:
    depth = 0
    for position in range(start, len(text)):
        if text[position] == "{":
            depth += 1
        elif text[position] == "}":
            depth -= 1
            if depth == 0:
                return position
    return None


def _malformed(text: str, at: Location) -> DataError:
    return DataError(
        f"'{text}' holds a $ that begins no variable",
        at=at,
        hint="write ${NAME} or ${NAME:-default}; a dollar sign itself is $$",
    )

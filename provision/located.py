"""YAML that remembers where everything was written.

Strings, mappings and sequences come back as subclasses of ``str``, ``dict`` and ``list`` with
an ``at``; everything else as PyYAML's safe loader gives it. So any later complaint can point
at file:line:col without a second parse.
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, Self

import yaml

from provision.errors import DataError, Location

_TEXT = "tag:yaml.org,2002:str"
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class LocatedStr(str):
    """A scalar string with its place. ``unsafe`` ones (``!unsafe``) are never templated."""

    __slots__ = ("at", "unsafe")
    at: Location | None
    unsafe: bool

    def __new__(cls, text: str, at: Location | None = None, unsafe: bool = False) -> Self:
        made = super().__new__(cls, text)
        made.at = at
        made.unsafe = unsafe
        return made


class VaultText(LocatedStr):
    """An encrypted value (``!vault``), to be decrypted when it is used."""

    __slots__ = ()


class LocatedDict(dict[Any, Any]):
    """A mapping with its place and the places of its keys."""

    at: Location | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.key_at: dict[Any, Location] = {}


class LocatedList(list[Any]):
    """A sequence with its place."""

    at: Location | None = None


def location_of(value: Any) -> Location | None:
    """Where a value was written, if it knows."""
    found = getattr(value, "at", None)
    return found if isinstance(found, Location) else None


class _Loader(_Base):  # type: ignore[misc]
    def __init__(self, text: str, file: str) -> None:
        super().__init__(text)
        self.file = file

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        # Most nodes are text, and what PyYAML does around each object is as much as the object:
        # 8 ms of the 48 that the files of site.yml take.
        if node.tag == _TEXT and type(node) is yaml.ScalarNode:
            return LocatedStr(node.value, self.place(node))
        return super().construct_object(node, deep)

    def place(self, node: yaml.Node) -> Location:
        mark = node.start_mark
        return Location(self.file, mark.line + 1, mark.column + 1)


def _string(loader: _Loader, node: yaml.ScalarNode) -> LocatedStr:
    _expect(loader, node, yaml.ScalarNode, "text")
    return LocatedStr(node.value, loader.place(node))


def _unsafe(loader: _Loader, node: yaml.ScalarNode) -> LocatedStr:
    _expect(loader, node, yaml.ScalarNode, "text")
    return LocatedStr(node.value, loader.place(node), unsafe=True)


def _vault(loader: _Loader, node: yaml.ScalarNode) -> VaultText:
    _expect(loader, node, yaml.ScalarNode, "text")
    return VaultText(node.value, loader.place(node))


def _expect(loader: _Loader, node: yaml.Node, wanted: type[yaml.Node], what: str) -> None:
    if not isinstance(node, wanted):
        raise DataError(f"the tag {node.tag} is on what is no {what}", at=loader.place(node))


def _sequence(loader: _Loader, node: yaml.SequenceNode) -> Any:
    _expect(loader, node, yaml.SequenceNode, "list")
    made = LocatedList()
    made.at = loader.place(node)
    yield made
    made.extend(loader.construct_object(child, deep=True) for child in node.value)


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Any:
    _expect(loader, node, yaml.MappingNode, "mapping")
    made = LocatedDict()
    made.at = loader.place(node)
    yield made
    merged = any(key.tag == "tag:yaml.org,2002:merge" for key, _ in node.value)
    if merged:
        loader.flatten_mapping(node)
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable):
            raise DataError(
                "a mapping's key cannot be a list or mapping",
                at=loader.place(key_node),
                hint='a value that starts with {{ needs quotes: key: "{{ variable }}"',
            )
        if key in made and not merged:
            raise DataError(
                f"the key '{key}' occurs twice in this mapping",
                at=loader.place(key_node),
                hint=f"it was first given at {made.key_at[key]}; keep one of them",
            )
        made[key] = loader.construct_object(value_node, deep=True)
        made.key_at[key] = loader.place(key_node)


_Loader.add_constructor(_TEXT, _string)
_Loader.add_constructor("tag:yaml.org,2002:seq", _sequence)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)
_Loader.add_constructor("!unsafe", _unsafe)
_Loader.add_constructor("!vault", _vault)
_Loader.add_constructor("!vault-encrypted", _vault)


def parse_yaml(text: str, file: str) -> Any:
    """The one document in ``text``.

    Parameters:
        file: what to call it in locations.

    Raises:
        DataError: not YAML, several documents, a duplicate key; with its place.
    """
    loader = None
    try:
        loader = _Loader(text, file)
        return loader.get_single_data()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        at = Location(file, mark.line + 1, mark.column + 1) if mark else Location(file)
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise DataError(f"this is not YAML: {what}", at=at, hint=_yaml_hint(text, at)) from None
    except yaml.YAMLError as error:
        raise DataError(f"this is not YAML: {error}", at=Location(file)) from None
    except RecursionError:
        raise DataError("this YAML nests too deeply", at=Location(file)) from None
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        # PyYAML converts without checking: month 13, !!bool maybe, !!timestamp soon.
        raise DataError(f"a value is not what its tag says: {error}", at=Location(file)) from None
    finally:
        if loader is not None:
            loader.dispose()


def load_yaml(path: Path) -> Any:
    """Read and parse a file. Raises DataError, also when it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise DataError(f"cannot read this file: {reason}", at=Location(str(path))) from None
    return parse_yaml(text, str(path))


def _yaml_hint(text: str, at: Location) -> str | None:
    lines = text.splitlines()
    line = lines[at.line - 1] if 0 < at.line <= len(lines) else ""
    if "\t" in line:
        return "YAML is indented with spaces; this line has a tab"
    if at.column and re.fullmatch(r"[ -]*[\w.]+", line[: at.column - 1]):
        return "keys that belong together begin in the same column"
    if at.column and re.match(r"\s", line[at.column :]) and line[at.column - 1] == ":":
        return "text with a colon and a space in it needs quotes"
    if re.search(r""":\s+(".*"|'.*')\s+\S""", line):
        return "a value that begins with a quote ends with it: put quotes around all of it"
    if "{{" in line and ': "' not in line and ": '" not in line:
        return 'a value that starts with {{ needs quotes: key: "{{ variable }}"'
    return None

"""JSON, YAML and Base64."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from datetime import date
from typing import Any

import yaml

from provision.errors import DataError, TemplateError
from provision.located import parse_yaml
from provision.templating.lazy import finalize


def _fallback(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    return str(value)


def to_json(value: Any, **options: Any) -> str:
    """A value as JSON on one line. Options are those of Python's json.dumps."""
    for ours in ("vault_to_text", "preprocess_unsafe"):
        options.pop(ours, None)
    try:
        return json.dumps(finalize(value), default=_fallback, **options)
    except (TypeError, ValueError) as error:
        raise TemplateError(f"this cannot be written as JSON: {error}") from None


def to_nice_json(value: Any, indent: int = 4, sort_keys: bool = True, **options: Any) -> str:
    """A value as indented JSON with sorted keys."""
    return to_json(
        value, indent=indent, sort_keys=sort_keys, **{"separators": (",", ": "), **options}
    )


def from_json(value: Any, **options: Any) -> Any:
    """The data that JSON text stands for."""
    if not isinstance(value, str | bytes):
        raise TemplateError(f"from_json takes text, not {type(value).__name__}")
    try:
        return json.loads(value, **options)
    except ValueError as error:
        raise TemplateError(f"this is not JSON: {error}") from None


class _Dumper(getattr(yaml, "CSafeDumper", yaml.SafeDumper)):  # type: ignore[misc]
    """Writes str, dict and list subclasses as what they are."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


_Dumper.add_multi_representer(str, lambda d, v: d.represent_str(str(v)))


def to_yaml(value: Any, default_flow_style: bool | None = None, **options: Any) -> str:
    """A value as YAML with sorted keys. Options are those of PyYAML's dump."""
    for ours in ("vault_behavior",):
        options.pop(ours, None)
    try:
        text = yaml.dump(
            finalize(value),
            Dumper=_Dumper,
            default_flow_style=default_flow_style,
            **{"allow_unicode": True, **options},
        )
    except (yaml.YAMLError, TypeError) as error:
        raise TemplateError(f"this cannot be written as YAML: {error}") from None
    return str(text)


def to_nice_yaml(value: Any, indent: int = 4, **options: Any) -> str:
    """A value as YAML, every entry on a line of its own."""
    return to_yaml(value, **{"default_flow_style": False, "indent": indent, **options})


def from_yaml(value: Any) -> Any:
    """The data that YAML text stands for; other values as they are."""
    if not isinstance(value, str):
        return value
    try:
        return parse_yaml(str(value), "from_yaml")
    except DataError as error:
        raise TemplateError(f"{error.message} (at {error.at})", hint=error.hint) from None


def from_yaml_all(value: Any) -> Any:
    """The documents that YAML text stands for, as a list."""
    if not isinstance(value, str):
        return value
    try:
        return list(yaml.safe_load_all(str(value)))
    except yaml.YAMLError as error:
        raise TemplateError(f"this is not YAML: {error}") from None


def b64encode(string: Any, encoding: str = "utf-8", urlsafe: bool = False) -> str:
    """Text in Base64."""
    encode = base64.urlsafe_b64encode if urlsafe else base64.b64encode
    return encode(_bytes(string, encoding)).decode("ascii")


def b64decode(string: str, encoding: str = "utf-8", urlsafe: bool = False) -> str:
    """The text that Base64 stands for."""
    decode = base64.urlsafe_b64decode if urlsafe else base64.b64decode
    try:
        return decode(string).decode(encoding)
    except (binascii.Error, ValueError) as error:
        raise TemplateError(f"this is not Base64 of {encoding} text: {error}") from None


def _bytes(value: Any, encoding: str) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(encoding)


SERIAL: dict[str, Callable[..., Any]] = {
    "to_json": to_json,
    "to_nice_json": to_nice_json,
    "from_json": from_json,
    "to_yaml": to_yaml,
    "to_nice_yaml": to_nice_yaml,
    "from_yaml": from_yaml,
    "from_yaml_all": from_yaml_all,
    "b64encode": b64encode,
    "b64decode": b64decode,
}

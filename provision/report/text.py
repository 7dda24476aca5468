"""Text from nodes made fit for a terminal or a file."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import yaml

# Terminal commands (colours, titles, cursor moves) in what a node says would act on ours.
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


def clean(text: str) -> str:
    """``text`` without terminal commands; lone surrogates and control characters replaced."""
    text = _ESCAPES.sub("", text.replace("\r\n", "\n"))
    text = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return text.encode("utf-8", "replace").decode("utf-8")


def plain_value(value: Any) -> Any:
    """``value`` as plain JSON types: what is none of them becomes text."""
    if value is None or isinstance(value, (bool, int)):
        return value
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): plain_value(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple, set, frozenset)):
        return [plain_value(inner) for inner in value]
    return str(value)


class _Dumper(yaml.SafeDumper):
    def ignore_aliases(self, data: Any) -> bool:
        return True


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _string)


def as_yaml(value: Any) -> str:
    """A value as YAML a person reads: long texts as blocks, keys in the order given."""
    dumped = yaml.dump(
        _cleaned(plain_value(value)),
        Dumper=_Dumper,
        default_flow_style=False,
        sort_keys=False,
        allow_unicode=True,
        width=100,
    )
    return dumped.removesuffix("...\n").rstrip("\n")


def _cleaned(value: Any) -> Any:
    if isinstance(value, str):
        # A block scalar cannot hold blanks at the ends of lines.
        return "\n".join(line.rstrip() for line in clean(value).split("\n"))
    if isinstance(value, dict):
        return {clean(key): _cleaned(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_cleaned(inner) for inner in value]
    return value


def one_line(value: Any) -> str:
    """A value as text on one line."""
    if isinstance(value, str):
        return clean(value).replace("\n", "\\n")
    return json.dumps(plain_value(value), ensure_ascii=False)


def indent(text: str, by: str = "    ") -> list[str]:
    """The lines of a text, moved to the right."""
    return [(by + line).rstrip() for line in clean(text).split("\n")]


def seconds(duration: float) -> str:
    """A duration as a person says it: 0.4 s, 12 s, 3 min 7 s."""
    if duration < 10:
        return f"{duration:.1f} s"
    whole = int(duration)
    if whole < 60:
        return f"{whole} s"
    return f"{whole // 60} min {whole % 60} s"

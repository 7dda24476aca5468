"""Templates that are text with variables in it (``{{ root }}/etc``), read without Jinja.

Most templates of a playbook are. Each spares Jinja 1.5 ms for checking, tracing and compiling it;
over the 52 tasks of ``benchmarks/converged.py`` that is 50 ms of the controller's CPU.
"""

from __future__ import annotations

import re
from functools import lru_cache

Part = str | tuple[str, ...]
"""Text, or a variable with the attributes that follow it."""

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_]\w*)((?:\.[A-Za-z_]\w*)*)\s*\}\}")
_NO_VARIABLES = frozenset(
    {"true", "false", "none", "True", "False", "None", "not", "self", "super"}
)


@lru_cache(maxsize=8192)
def plain_parts(template: str) -> tuple[Part, ...] | None:
    """The parts of such a template; None for any other."""
    # As Jinja does: what is one expression and a newline has that expression's value.
    split = _VARIABLE.split(template.removesuffix("\n"))
    parts: list[Part] = []
    for text, name, rest in zip(split[::3], [*split[1::3], ""], [*split[2::3], ""], strict=True):
        if "{" in text or "\r" in text or name in _NO_VARIABLES:
            return None
        if text:
            parts.append(text)
        if name:
            parts.append((name, *rest.split(".")[1:]))
    return tuple(parts)

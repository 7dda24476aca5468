"""The ``#jinja2:`` line that a template file may begin with."""

from __future__ import annotations

import ast
from typing import Any

from provision.errors import Location, TemplateError, did_you_mean

_PREFIX = "#jinja2:"
_OPTIONS: dict[str, type] = {
    "block_start_string": str,
    "block_end_string": str,
    "variable_start_string": str,
    "variable_end_string": str,
    "comment_start_string": str,
    "comment_end_string": str,
    "line_statement_prefix": str,
    "line_comment_prefix": str,
    "trim_blocks": bool,
    "lstrip_blocks": bool,
    "newline_sequence": str,
    "keep_trailing_newline": bool,
}


def split_header(text: str, name: str) -> tuple[str, tuple[tuple[str, Any], ...], int]:
    """A template without its header, the options in it, and how many lines it took.

    Raises:
        TemplateError: an unknown option, or a value of another type.
    """
    if not text.startswith(_PREFIX):
        return text, (), 0
    line, _, body = text.partition("\n")
    at = Location(name, 1, 1)
    options: dict[str, Any] = {}
    for pair in line[len(_PREFIX) :].split(","):
        key, colon, written = (part.strip() for part in pair.partition(":"))
        if not colon or key not in _OPTIONS:
            raise TemplateError(
                f"'{pair.strip()}' is not a template option",
                at=at,
                hint=did_you_mean(key, _OPTIONS)
                or "write #jinja2: lstrip_blocks: True, trim_blocks: False",
            )
        try:
            value = ast.literal_eval(written)
        except (ValueError, SyntaxError):
            value = {"true": True, "yes": True, "false": False, "no": False}.get(
                written.lower(), written
            )
        if not isinstance(value, _OPTIONS[key]):
            raise TemplateError(f"the template option '{key}' cannot be {written}", at=at)
        options[key] = value
    return body, tuple(sorted(options.items())), 1

"""Text: quoting, splitting, comments."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from typing import Any

from provision.errors import TemplateError, did_you_mean

_STYLES = {
    "plain": {"decoration": "# "},
    "erlang": {"decoration": "% "},
    "c": {"decoration": "// "},
    "cblock": {"beginning": "/*", "decoration": " * ", "end": " */"},
    "xml": {"beginning": "<!--", "decoration": " - ", "end": "-->"},
}


def quote(value: Any) -> str:
    """A text as one word of a shell command."""
    return shlex.quote("" if value is None else str(value))


def split(value: Any, sep: str | None = None, maxsplit: int = -1) -> list[str]:
    """A text cut at a separator, by default at white space."""
    return str(value).split(sep, maxsplit)


def comment(text: Any, style: str = "plain", **options: Any) -> str:
    """A text as a comment.

    Parameters:
        style: plain, erlang, c, cblock or xml.
        options: beginning, prefix, prefix_count, decoration, postfix, postfix_count, end,
            newline, where they differ from the style's.
    """
    if style not in _STYLES:
        raise TemplateError(
            f"there is no comment style '{style}'",
            hint=did_you_mean(str(style), _STYLES) or f"styles are {', '.join(_STYLES)}",
        )
    chosen: dict[str, Any] = {"beginning": "", "end": "", "newline": "\n", **_STYLES[style]}
    chosen.update(options)
    decoration, newline = chosen["decoration"], chosen["newline"]
    bare = decoration.rstrip()
    # Without a prefix there is no line for it; one that is a line's end is an empty line. An empty
    # postfix is a line all the same.
    first = chosen.get("prefix", bare)
    prefix = ["" if first == newline else first] * int(
        chosen.get("prefix_count", 1) if first else 0
    )
    postfix = [chosen.get("postfix", bare)] * int(chosen.get("postfix_count", 1))
    body = [decoration + line if line else bare for line in str(text).split(newline)]
    if body[-1] == bare:
        body[-1] = decoration
    beginning = [chosen["beginning"]] if chosen["beginning"] else []
    end = [chosen["end"]] if chosen["end"] else []
    return str(newline.join([*beginning, *prefix, *body, *postfix, *end]))


TEXT: dict[str, Callable[..., Any]] = {"quote": quote, "split": split, "comment": comment}

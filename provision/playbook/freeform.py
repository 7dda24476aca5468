"""``module: key=value key="a b" {{ kept whole }}``: arguments written as one string."""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

from provision.errors import Location, PlaybookError

_KEY = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)=(.*)", re.DOTALL)
_ESCAPE = re.compile(
    r"\\(?:U[0-9a-fA-F]{8}|u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|N\{[^}]+\}|[\\'\"abfnrtv])"
)
_CLOSING = {"{{": "}}", "{%": "%}", "{#": "#}"}


def split_words(text: str, at: Location) -> list[tuple[int, int]]:
    """Words parted by blanks, as (start, end) in ``text``; quotes and templates keep theirs.

    Raises:
        PlaybookError: a quote or template is not closed.
    """
    words: list[tuple[int, int]] = []
    start: int | None = None
    quote = ""
    closing: list[str] = []  # the marks that end the templates we are in
    index = 0
    while index < len(text):
        pair, char = text[index : index + 2], text[index]
        step = 1
        if closing and pair == closing[-1]:
            closing.pop()
            step = 2
        elif pair in _CLOSING and closing[-1:] != ["#}"]:
            closing.append(_CLOSING[pair])
            step = 2
        elif not closing:
            if char == "\\":
                step = 2
            elif char == quote:
                quote = ""
            elif char in "'\"" and not quote:
                quote = char
            elif char.isspace() and not quote:
                if start is not None:
                    words.append((start, index))
                    start = None
                index += 1
                continue
        if start is None:
            start = index
        index += step
    if quote or closing:
        what = f"the quote {quote}" if quote else "a template"
        raise PlaybookError(
            f"{what} is not closed in these arguments: {text.strip()}",
            at=at,
            hint="write the arguments as a mapping, one parameter a line",
        )
    if start is not None:
        words.append((start, len(text)))
    return words


def parse_arguments(
    text: str, at: Location, is_option: Callable[[str], bool]
) -> tuple[dict[str, str], str]:
    """``key=value`` pairs and the rest.

    Parameters:
        is_option: whether a key is a parameter; other ``a=b`` words belong to the rest.

    Returns:
        the pairs, unquoted, and the other text with its blanks and quotes as written.

    Raises:
        PlaybookError: a quote or template is not closed.
    """
    pairs: dict[str, str] = {}
    rest: list[str] = []
    reached = 0
    for start, end in split_words(text, at):
        found = _KEY.fullmatch(text[start:end])
        if found and is_option(found[1]):
            pairs[found[1]] = unquote(_ESCAPE.sub(_unescaped, found[2]))
        else:
            rest.append(text[reached:end])
        reached = end
    # The newline that ends a command written as `shell: |` is part of it.
    command = "".join(rest).strip()
    return pairs, command + ("\n" if command and text[reached:].endswith("\n") else "")


def _unescaped(found: re.Match[str]) -> str:
    try:
        return codecs.decode(found[0], "unicode-escape")
    except UnicodeDecodeError:  # no such character
        return found[0]


def unquote(text: str) -> str:
    """The text without quotes that enclose all of it, and their escapes undone."""
    if len(text) >= 2 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].replace("\\" + text[0], text[0])
    return text

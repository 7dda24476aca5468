"""The lookup of passwords kept in files."""

from __future__ import annotations

import os
import secrets
import string
from pathlib import Path
from typing import Any

from provision.errors import TemplateError
from provision.templating.crypt import hash_password
from provision.templating.lookups.base import Lookup, Request

_DEFAULT_CHARS = ("ascii_letters", "digits", ".,:-_")
_OPTIONS = {"length": 20, "chars": _DEFAULT_CHARS, "encrypt": None, "seed": None, "ident": None}


def password(request: Request) -> list[Any]:
    """A random password, the same as long as its file exists: ``path length=20 chars=digits``.

    ``/dev/null`` as the path gives another each time. The file is readable by its owner only.
    """
    found = []
    for term in request.texts():
        path, options = _parse(term)
        options = request.take(**{**_OPTIONS, **options})
        found.append(_password(Path(path), options))
    return found


def _parse(term: str) -> tuple[str, dict[str, Any]]:
    words = term.split(" ")
    options: dict[str, Any] = {}
    while len(words) > 1 and words[-1].partition("=")[0] in _OPTIONS and "=" in words[-1]:
        name, _, value = words.pop().partition("=")
        options[name] = value
    return " ".join(words), options


def _password(path: Path, options: dict[str, Any]) -> str:
    keep = str(path) != os.devnull
    text, salt = _stored(path) if keep else (None, None)
    if text is None:
        text = _random(int(options["length"]), _alphabet(options["chars"]), options["seed"])
        fresh = True
    else:
        fresh = False
    encrypt = options["encrypt"]
    if encrypt and salt is None:
        salt = _random(16, string.ascii_letters + string.digits, None)
        fresh = True
    if keep and fresh:
        _store(path, f"{text} salt={salt}" if salt else text)
    return hash_password(text, str(encrypt), salt) if encrypt else text


def _stored(path: Path) -> tuple[str | None, str | None]:
    try:
        content = path.read_text(encoding="utf-8").rstrip()
    except FileNotFoundError:
        return None, None
    text, found, salt = content.rpartition(" salt=")
    return (text, salt) if found else (content, None)


def _store(path: Path, content: str) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(content + "\n")
    draft.replace(path)


def _alphabet(chars: Any) -> str:
    names = chars.split(",") if isinstance(chars, str) else list(chars)
    if isinstance(chars, str) and ",," in chars:
        names = [*filter(None, names), ","]
    found = "".join(getattr(string, name, name) for name in names if isinstance(name, str))
    if not found:
        raise TemplateError("a password needs characters to choose from")
    return found


def _random(length: int, alphabet: str, seed: Any) -> str:
    if length < 1:
        raise TemplateError("a password has at least one character")
    if seed is not None:
        from random import Random

        source = Random(str(seed))
        return "".join(source.choice(alphabet) for _ in range(length))
    return "".join(secrets.choice(alphabet) for _ in range(length))


PASSWORDS: dict[str, Lookup] = {"password": password}

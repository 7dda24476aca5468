"""``vars_prompt``: variables that a person types at the start of a play."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Any

from provision.engine.layers import Layers
from provision.engine.truth import truth
from provision.errors import PlaybookError
from provision.playbook.model import Play
from provision.templating import unsafe
from provision.templating.crypt import hash_password

if TYPE_CHECKING:
    from provision.engine.run import Run


def ask(run: Run, play: Play) -> dict[str, Any]:
    """The answers by variable. Variables of the command line are not asked for; without a
    terminal defaults are taken.

    Raises:
        PlaybookError: no terminal and no default.
    """
    answers: dict[str, Any] = {}
    scope = run.templar.scope(Layers(run.magic, run.extra, play.vars), at=play.at)
    for written in play.vars_prompt:
        entry = {
            key: run.templar.render(value, scope, at=play.at) for key, value in written.items()
        }
        name = entry["name"]
        if name in run.extra:
            continue
        if not sys.stdin.isatty():
            if "default" not in entry:
                raise PlaybookError(
                    f"vars_prompt asks for '{name}', and there is no terminal to ask at",
                    at=play.at,
                    hint=f"give it with -e {name}=...",
                )
            answers[name] = _answer(entry, entry["default"])
            continue
        answers[name] = _answer(entry, _prompt(entry))
    return answers


def _answer(entry: dict[str, Any], given: Any) -> Any:
    """The variable: always text, hashed if so asked, a template unless ``unsafe``."""
    value = str(given)
    if entry.get("encrypt"):
        kind = str(entry["encrypt"]).removesuffix("_crypt")
        size = entry.get("salt_size")
        value = hash_password(value, kind, entry.get("salt"), None if size is None else int(size))
    return unsafe(value) if truth(entry.get("unsafe", False)) else value


def _prompt(entry: dict[str, Any]) -> Any:
    default = entry.get("default")
    text = str(entry.get("prompt") or entry["name"])
    shown = f"{text} [{default}]: " if default is not None else f"{text}: "
    read = getpass.getpass if truth(entry.get("private", True)) else input
    answer = read(shown)
    if truth(entry.get("confirm", False)):
        while read(f"confirm {shown}") != answer:
            answer = read(shown)
    return answer or default

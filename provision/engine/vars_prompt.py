"""``vars_prompt``: variables that a person types at the start of a play."""

from __future__ import annotations

import getpass
import sys
from typing import TYPE_CHECKING, Any

from provision.engine.targets import truth
from provision.errors import PlaybookError
from provision.playbook.model import Play

if TYPE_CHECKING:
    from provision.engine.run import Run


def ask(run: Run, play: Play) -> dict[str, Any]:
    """The answers by variable. Variables of the command line are not asked for; without a
    terminal defaults are taken.

    Raises:
        PlaybookError: no terminal and no default, or an entry without a name.
    """
    answers: dict[str, Any] = {}
    for entry in play.vars_prompt:
        name = entry.get("name") if isinstance(entry, dict) else None
        if not name:
            raise PlaybookError("an entry of vars_prompt needs a name", at=play.at)
        if name in run.extra:
            continue
        if not sys.stdin.isatty():
            if "default" not in entry:
                raise PlaybookError(
                    f"vars_prompt asks for '{name}', and there is no terminal to ask at",
                    at=play.at,
                    hint=f"give it with -e {name}=...",
                )
            answers[name] = entry["default"]
            continue
        answers[name] = _prompt(entry)
    return answers


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

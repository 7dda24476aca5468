"""The file system's own flags of a file, such as immutable: what lsattr shows and chattr sets."""

from __future__ import annotations

import re
from typing import Optional

from provision.agent import process
from provision.agent.task import ModuleFailed

PATTERN = re.compile(r"^([-+=]?)([A-Za-z]*)$")


def flags_of(path: str) -> Optional[str]:
    """The letters of lsattr(1); None where the file system has no such flags, or no lsattr."""
    found = _run(["lsattr", "-d", "--", path])
    return found.split()[0].replace("-", "") if found else None


def wanted(text: str, present: str) -> str:
    """The flags that ``+i``, ``-i``, ``=i`` or ``i`` (the same) make of those present.

    Raises:
        ModuleFailed: it is none of these.
    """
    found = PATTERN.match(text)
    if not found:
        raise ModuleFailed(f"attributes '{text}' is not one of +, - or = and letters of chattr(1)")
    operator, letters = found.groups()
    if operator == "+":
        return present + "".join(one for one in letters if one not in present)
    if operator == "-":
        return "".join(one for one in present if one not in letters)
    return letters


def change(path: str, text: str) -> None:
    """Apply ``+i``, ``-i``, ``=i`` or ``i``. Raises ModuleFailed."""
    operator, letters = PATTERN.match(text).groups()  # type: ignore[union-attr]
    if _run(["chattr", (operator or "=") + letters, "--", path], must=True) is None:
        raise ModuleFailed(f"attributes of {path} need the program chattr", path=path)


def _run(command: "list[str]", must: bool = False) -> Optional[str]:
    try:
        rc, out, err = process.run(command, None, None, {}, None, lambda text: None)
    except OSError:
        return None
    if rc and must:
        raise ModuleFailed(f"{' '.join(command)}: {err.strip() or f'exit status {rc}'}")
    return None if rc else out

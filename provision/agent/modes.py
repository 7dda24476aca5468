"""Permission bits, as octal or symbolic text says them."""

from __future__ import annotations

import re
import stat
from typing import Any

from provision.agent.files import umask
from provision.agent.task import ModuleFailed

_OCTAL = re.compile(r"^(0o)?[0-7]+$")
_CLAUSE = r"^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$"
_STEP = r"([-+=])([rwxXst]*|[ugo])(?=[-+=]|$)"
_SHIFT = {"u": 6, "g": 3, "o": 0}


def parse_mode(mode: Any, current: int = 0, directory: bool = False) -> int:
    """Permission bits from a ``mode`` argument.

    Parameters:
        mode: a number, octal text or symbolic text (POSIX chmod's grammar).
        current: the present bits, which symbolic modes start from.
        directory: whether X means x.

    Raises:
        ModuleFailed: it is not a mode.
    """
    if isinstance(mode, bool) or not isinstance(mode, (int, str)):
        raise _not_a_mode(mode)
    if isinstance(mode, int):
        bits = mode
    elif _OCTAL.match(mode.strip()):
        bits = int(mode.strip().replace("0o", ""), 8)
    else:
        return _symbolic(mode.strip(), current, directory)
    if not 0 <= bits <= 0o7777:
        raise _not_a_mode(mode)
    return bits


def _not_a_mode(mode: Any) -> ModuleFailed:
    return ModuleFailed(
        f"mode {mode!r} is neither octal (quote it: '0644') nor symbolic ('u=rw,go=r')"
    )


def _symbolic(text: str, current: int, directory: bool) -> int:
    bits = current
    for clause in text.split(","):
        found = re.match(_CLAUSE, clause)
        if not found:
            raise _not_a_mode(text)
        # Without a "who", chmod leaves alone what the umask masks; Ansible does too.
        masked = 0 if found.group(1) else umask()
        who = found.group(1).replace("a", "ugo") or "ugo"
        for operator, what in re.findall(_STEP, found.group(2)):
            chosen, cleared = 0, 0
            for one in who:
                chosen |= _bits_for(one, what, bits, directory)
                cleared |= 0o7 << _SHIFT[one]
            chosen &= ~masked
            if "t" in what:
                chosen |= stat.S_ISVTX
            if operator == "+":
                bits |= chosen
            elif operator == "-":
                bits &= ~chosen
            else:
                special = 0
                if not directory:
                    special |= stat.S_ISUID if "u" in who else 0
                    special |= stat.S_ISGID if "g" in who else 0
                bits = (bits & ~cleared & ~special) | chosen
    return bits


def _bits_for(who: str, what: str, current: int, directory: bool) -> int:
    if what in ("u", "g", "o"):
        return ((current >> _SHIFT[what]) & 0o7) << _SHIFT[who]
    bits = 0
    if "r" in what:
        bits |= 4
    if "w" in what:
        bits |= 2
    if "x" in what or ("X" in what and (directory or current & 0o111)):
        bits |= 1
    bits <<= _SHIFT[who]
    if "s" in what:
        bits |= {"u": stat.S_ISUID, "g": stat.S_ISGID, "o": 0}[who]
    return bits

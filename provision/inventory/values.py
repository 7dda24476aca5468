"""Values of an INI inventory, typed as Ansible types them: by Python literals.

``5`` is an int, ``[1, 2]`` a list, ``True`` a bool, ``true`` and everything else a string.
https://docs.ansible.com/ansible/latest/plugins/inventory/ini.html
"""

from __future__ import annotations

import ast
import warnings
from typing import Any

from provision.errors import Location
from provision.located import LocatedStr


def literal(text: str, at: Location | None) -> Any:
    """The Python literal that ``text`` is, or the text itself."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SyntaxWarning)
            value = ast.literal_eval(text)
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return LocatedStr(text, at)
    return _plain(value, text, at)


def _plain(value: Any, text: str, at: Location | None) -> Any:
    if isinstance(value, str):
        return LocatedStr(value, at)
    if isinstance(value, bool | int | float) or value is None:
        return value
    if isinstance(value, list | tuple | set):
        return [_plain(each, text, at) for each in value]
    if isinstance(value, dict):
        return {
            _plain(key, text, at) if isinstance(key, str) else key: _plain(each, text, at)
            for key, each in value.items()
        }
    return LocatedStr(text, at)

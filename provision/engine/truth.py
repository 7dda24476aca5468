"""True and false as people write them."""

from __future__ import annotations

from typing import Any

from provision.agent.spec import FALSE_WORDS, TRUE_WORDS
from provision.errors import InventoryError
from provision.located import location_of


def truth(value: Any) -> bool:
    """A keyword's or variable's boolean, as YAML and Ansible users write it.

    Raises:
        InventoryError: it is neither.
    """
    if isinstance(value, bool):
        return value
    if value is None:
        return False
    word = str(value).strip().lower()
    if word in TRUE_WORDS:
        return True
    if word in FALSE_WORDS or word == "":
        return False
    raise InventoryError(f"{value!r} is neither true nor false", at=location_of(value))

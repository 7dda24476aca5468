"""The hosts of a play, in the order in which it takes them."""

from __future__ import annotations

import random

from provision.engine.run import Run
from provision.errors import PlaybookError
from provision.playbook.model import Play


def hosts_of(run: Run, play: Play) -> list[str]:
    """Their names. --limit has been applied."""
    names = [host.name for host in run.inventory.match(play.hosts)]
    for unknown, hint in run.inventory.unknown(play.hosts):
        run.warn_of_name(unknown, hint, play.at)
    if run.limited is not None:
        names = [name for name in names if name in run.limited]
    order = play.order or "inventory"
    if order in ("sorted", "reverse_sorted"):
        names.sort(reverse=order == "reverse_sorted")
    elif order == "reverse_inventory":
        names.reverse()
    elif order == "shuffle":
        random.shuffle(names)
    elif order != "inventory":
        raise PlaybookError(f"order '{order}' is not known", at=play.at)
    return names

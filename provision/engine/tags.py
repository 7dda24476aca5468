"""Which tasks run, by their tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def selected(tags: Iterable[str], only: Sequence[str], skip: Sequence[str]) -> bool:
    """Whether a task with these tags runs under ``--tags only --skip-tags skip``.

    ``always`` runs unless skipped by name, ``never`` only when one of the task's tags is
    asked for by name; ``all``, ``tagged`` and ``untagged`` mean what they say.
    """
    own = set(tags) or {"untagged"}
    wanted = set(only) or {"all"}
    ordinary = "never" not in own
    tagged = "untagged" not in own
    if not (
        own & wanted
        or "always" in own
        or (ordinary and "all" in wanted)
        or (ordinary and "tagged" in wanted and tagged)
    ):
        return False
    unwanted = set(skip)
    if own & unwanted or ("tagged" in unwanted and tagged):
        return False
    return "all" not in unwanted or "always" in own

"""Which tasks run, by their tags."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def selected(tags: Iterable[str], only: Sequence[str], skip: Sequence[str]) -> bool:
    """Whether a task with these tags runs under ``--tags only --skip-tags skip``.

    ``always`` runs unless skipped by name, ``never`` only when one of the task's tags is
    asked for by name; ``all``, ``tagged`` and ``untagged`` mean what they say.
    """
    own = set(tags)
    wanted = set(only) or {"all"}
    named = own & wanted
    run = bool(
        named - {"never"}
        or ("never" in own and "never" in wanted)
        or ("always" in own and "never" not in own)
        or ("all" in wanted and "never" not in own)
        or ("tagged" in wanted and own and "never" not in own)
        or ("untagged" in wanted and not own)
    )
    if not run or not skip:
        return run
    unwanted = set(skip)
    if own & unwanted:
        return False
    if "all" in unwanted:
        return "always" in own
    if "tagged" in unwanted and own:
        return False
    return not ("untagged" in unwanted and not own)

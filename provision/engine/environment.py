"""``environment``: variables for the programs that modules start."""

from __future__ import annotations

from provision.errors import TaskFailed
from provision.located import location_of
from provision.playbook.model import Settings
from provision.templating import OMIT, Scope, Templar


def environment_of(settings: Settings, scope: Scope, templar: Templar) -> dict[str, str]:
    """The merged environment; what stands nearer to the task wins.

    Raises:
        TaskFailed: it is not a mapping.
    """
    merged: dict[str, str] = {}
    for said in settings.environment:
        found = templar.render(said, scope)
        for part in found if isinstance(found, list) else [found]:
            if part in (None, "") or part is OMIT:
                continue
            if not isinstance(part, dict):
                raise TaskFailed(
                    f"environment must be a mapping, not {part!r}", at=location_of(said)
                )
            for name, value in part.items():
                merged[str(name)] = str(value)
    return merged

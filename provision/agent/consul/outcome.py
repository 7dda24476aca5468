"""What modules about an agent's services and checks answer."""

from __future__ import annotations

from typing import Any, Dict, Mapping, Optional

from provision.agent.task import ModuleTask


def outcome(
    task: ModuleTask,
    what: str,
    operation: Optional[str],
    before: Optional[Mapping[str, Any]],
    after: Optional[Mapping[str, Any]],
) -> Dict[str, Any]:
    """The result of a module.

    Parameters:
        what: under which name the thing is returned.
        operation: create, update or remove; None where nothing was to be done.
    """
    out: Dict[str, Any] = {"changed": operation is not None, what: after or {}}
    if operation:
        out["operation"] = operation
    if task.diff:
        out["diff"] = {"before": before or {}, "after": after or {}} if operation else {}
    return out

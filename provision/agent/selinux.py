"""SELinux contexts of files, by their extended attribute; nothing where SELinux is off."""

from __future__ import annotations

import os
from typing import Any, Dict, List, Mapping, Optional

from provision.agent import process
from provision.agent.task import ModuleFailed

ENABLED = "/sys/fs/selinux/enforce"
ATTRIBUTE = "security.selinux"
PARTS = ("seuser", "serole", "setype", "selevel")
"""The parameters, in the order of a context's parts."""
POLICY = "_default"


def context_of(path: str, follow: bool = False) -> Optional[str]:
    """``user:role:type:level``; None where there is none."""
    if not os.path.exists(ENABLED):
        return None
    try:
        found = os.getxattr(path, ATTRIBUTE, follow_symlinks=follow)
    except OSError:
        return None
    return found.rstrip(b"\0").decode("utf-8", "replace")


def wanted(path: str, args: Mapping[str, Any], present: Optional[str]) -> Optional[str]:
    """The context that the parameters make of the present one.

    Raises:
        ModuleFailed: ``_default`` is asked for, and the policy cannot be read.
    """
    asked: Dict[int, str] = {
        place: args[name] for place, name in enumerate(PARTS) if args.get(name) not in (None, "")
    }
    if not asked or present is None:
        return present
    policy = _of_policy(path) if POLICY in asked.values() else []
    parts = present.split(":", 3)
    for place, value in asked.items():
        if place < len(parts):
            parts[place] = policy[place] if value == POLICY else value
    return ":".join(parts)


def change(path: str, context: str, follow: bool) -> None:
    """Set a context. Raises OSError."""
    os.setxattr(path, ATTRIBUTE, context.encode() + b"\0", follow_symlinks=follow)


def _of_policy(path: str) -> List[str]:
    try:
        rc, out, _ = process.run(
            ["matchpathcon", "-n", path], None, None, {}, None, lambda text: None
        )
    except OSError:
        rc, out = 127, ""
    parts = out.strip().split(":", 3)
    if rc or len(parts) < 3:
        raise ModuleFailed(f"matchpathcon does not say what the policy wants for {path}")
    return parts

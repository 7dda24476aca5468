"""From YAML to typed plays. ``loader`` is the way in; ``model`` is what comes out."""

from __future__ import annotations

from provision.playbook.catalog import Catalog
from provision.playbook.loader import LoadedRole, TaskList, load_playbook, load_role, load_tasks

__all__ = ["Catalog", "LoadedRole", "TaskList", "load_playbook", "load_role", "load_tasks"]

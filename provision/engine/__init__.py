"""Walks a playbook over an inventory."""

from __future__ import annotations

from provision.engine.catalog import catalog
from provision.engine.events import RunFinished
from provision.engine.options import RunOptions
from provision.engine.runner import run

__all__ = ["RunFinished", "RunOptions", "catalog", "run"]

"""Every module and action there is, for the playbook loader."""

from __future__ import annotations

import functools

from provision.agent.catalog import all_specs
from provision.engine.actions.registry import ACTIONS
from provision.playbook.catalog import Catalog


@functools.cache
def catalog() -> Catalog:
    """The modules of the agent and the actions of the engine. An action hides its module."""
    specs = dict(all_specs())
    specs.update({name: action.spec for name, action in ACTIONS.items()})
    return Catalog(specs.values())

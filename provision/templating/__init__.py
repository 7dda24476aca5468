"""Rendering of values, conditions and files, as ansible-core 2.19 does it."""

from __future__ import annotations

from provision.templating.lookups import look_up
from provision.templating.scope import Scope
from provision.templating.templar import Templar
from provision.templating.undefined import UndefinedVariable
from provision.templating.values import OMIT, is_template, unsafe

__all__ = ["OMIT", "Scope", "Templar", "UndefinedVariable", "is_template", "look_up", "unsafe"]

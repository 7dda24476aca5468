"""provision ssh: the short form of provision machine ssh"""

from __future__ import annotations

from provision.cli.machine.files import ssh as command

__all__ = ["command"]

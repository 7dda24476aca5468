"""provision env: the short form of provision machine env"""

from __future__ import annotations

from provision.cli.machine.env import env as command

__all__ = ["command"]

"""provision scp: the short form of provision machine scp"""

from __future__ import annotations

from provision.cli.machine.files import scp as command

__all__ = ["command"]

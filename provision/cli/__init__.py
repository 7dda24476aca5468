"""The ``provision`` command: parse, call, render."""

from provision.cli.app import main

__all__ = ["main"]

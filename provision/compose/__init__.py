"""Compose files, version 3, as stacks of a swarm: read, merged, translated. Pure, but for a reader
that is handed in.

Source: https://docs.docker.com/reference/compose-file/ and
https://docs.docker.com/engine/swarm/stack-deploy/
"""

from provision.compose.document import Source
from provision.compose.stack import Stack, load_stack

__all__ = ["Source", "Stack", "load_stack"]

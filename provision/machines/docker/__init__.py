"""Machines as system containers on a Docker Engine."""

"""Walks a playbook over an inventory."""

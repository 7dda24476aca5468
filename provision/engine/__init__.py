"""Walks a playbook over an inventory. ``runner`` is the way in.

Nothing is imported here: ``early`` connects to hosts before the rest of the engine is needed.
"""

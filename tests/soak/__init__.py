"""The soak: a seeded sequence of random operations on one cluster, which must lose nothing.

``python -m tests.soak --help``; docs/drills.md says what it does.
"""

"""The proofs, as pytest-testinfra tests. Fixtures: see provision/verify/plugin.py."""

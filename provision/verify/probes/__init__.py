"""Read-only checks that prove properties of a running cluster; see base.py."""

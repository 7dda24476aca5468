"""Proves a running cluster: probes, the pytest-testinfra suite around them, its runner."""

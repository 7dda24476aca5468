"""From nothing to a verified Docker Swarm and Consul cluster."""

__version__ = "0.1.0"

"""Single machines: docker-machine's commands."""

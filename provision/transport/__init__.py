"""How bytes reach a host, and the session with the agent at its far end."""

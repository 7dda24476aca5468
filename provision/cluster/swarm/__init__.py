"""Operating a formed swarm."""

"""What runs on a formed swarm: stacks, services, their tasks and logs."""

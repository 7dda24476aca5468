"""The lives of a cluster's nodes, in the swarm, in Consul and as machines."""

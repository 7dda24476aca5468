"""Operating a cluster's Consul: certificates, access, backup, rotation, upgrade, recovery."""

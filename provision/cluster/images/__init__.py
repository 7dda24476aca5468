"""Images: of services, brought to nodes with or without a registry; of nodes, baked."""

"""Images for services, without a registry or with one of the cluster's own."""

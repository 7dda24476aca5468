"""Clusters: what one is declared to be, and the commands that make it so and keep it so."""

"""A cluster in other people's hands: sealed exports, imports, and who is let in on the nodes."""

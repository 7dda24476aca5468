"""What the benchmarks share: nodes, peers, timing, tables and charts."""

"""Commands of the house; only the benchmarks are Python."""

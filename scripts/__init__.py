"""Commands of the house; only the benchmarks and the generated pages are Python."""

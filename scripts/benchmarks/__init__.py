"""Benchmarks, an open folder: each module measures one thing and says what it must reach."""

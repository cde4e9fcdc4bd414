"""Tests of edge_probe."""

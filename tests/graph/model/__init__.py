"""Tests of graph/model."""

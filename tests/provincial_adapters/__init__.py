"""Tests of provincial_adapters."""

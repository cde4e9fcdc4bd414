"""Meter protocols: one file each."""

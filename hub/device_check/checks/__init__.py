"""Checks: one file each, over everything that was heard of a device."""

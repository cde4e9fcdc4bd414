"""Revisions of the door's tables."""

"""Dialects: one file each for a way in which readings come from outside."""

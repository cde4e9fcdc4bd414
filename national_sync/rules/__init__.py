"""Rules: one file each, judged as columns."""

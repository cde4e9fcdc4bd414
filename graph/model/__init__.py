"""Frozen values that cannot be wrong: each is checked where it is made and never again downstream."""

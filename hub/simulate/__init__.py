"""Separate programs that speak the true protocols and can be broken on purpose."""

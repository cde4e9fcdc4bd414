"""Uploads in parts, below the protocol."""

"""Rows that wait as they came: files here, what is known of them in the registry."""

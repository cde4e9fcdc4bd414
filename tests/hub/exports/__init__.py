"""Exports apart from HTTP: formats and questions."""

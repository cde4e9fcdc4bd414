"""The ways in and out over HTTP."""

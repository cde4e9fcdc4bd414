"""What dialects share: fetching within bounds, columns from text."""

"""The nation's side: one pass for all that comes in, and the duties that follow."""

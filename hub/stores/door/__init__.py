"""The door (门禁库): sessions, what counts once, failed attempts, what waits for somebody to return, and the access log."""

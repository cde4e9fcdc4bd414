"""The OAuth 2 authorization server for machines, and the verification of what it issues."""

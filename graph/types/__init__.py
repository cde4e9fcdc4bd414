"""GraphQL nouns: one file each, its root fields with it."""

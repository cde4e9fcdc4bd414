"""Pages over the GraphQL schema, with no build step and nothing from outside."""

"""Lists completed column by column: the same answer as graphql-core's, written as text without an object a value."""

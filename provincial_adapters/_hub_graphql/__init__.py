"""Parts of the hub-to-hub dialect: nouns as queries, changes as columns."""

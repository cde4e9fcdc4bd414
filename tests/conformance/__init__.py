"""What others wrote to check a GraphQL server and a subgraph, run against ours."""

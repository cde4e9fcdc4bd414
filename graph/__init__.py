"""The shared language: model, ports, errors, GraphQL types and their execution."""

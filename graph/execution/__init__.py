"""How the schema executes: context, connections, scalars, loaders."""

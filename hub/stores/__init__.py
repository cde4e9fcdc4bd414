"""The two stores: the registry in SQLModel, the readings in DuckDB."""

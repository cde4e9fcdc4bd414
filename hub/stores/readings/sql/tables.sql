-- Every table of the file a cursor speaks of, as DuckDB lists them.
SELECT table_name
FROM duckdb_tables()
WHERE database_name = current_database() AND schema_name = current_schema() AND NOT temporary AND NOT internal
ORDER BY table_name;

"""The readings store: current, superseded, verdicts and the batch ledger in one DuckDB file."""

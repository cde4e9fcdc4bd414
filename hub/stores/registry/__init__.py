"""The registry: everything that is not a reading, with an audit row for each change."""

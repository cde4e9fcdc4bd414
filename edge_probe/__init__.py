"""The access end of a unit: reads meters, keeps what it read, hands it to its platforms."""

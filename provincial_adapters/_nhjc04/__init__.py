"""Parts of the NHJC-04 dialect: messages, readings, configuration, base data."""

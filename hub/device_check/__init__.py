"""The device bench: plays a device's conversation and says what is wrong, line by line, in both languages."""

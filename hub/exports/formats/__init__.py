"""The formats of exports, an open folder: one file a format, with its FORMAT."""

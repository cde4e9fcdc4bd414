"""Parts of the file-drop dialect: the mapping, the formats, the watched folder here or on a server."""

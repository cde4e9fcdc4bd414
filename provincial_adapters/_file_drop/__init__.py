"""Parts of the file-drop dialect: the mapping, the two formats, the watched folder."""

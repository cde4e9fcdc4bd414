"""Parts of the database dialect: the address, the connection, the view's columns, how far it was read."""

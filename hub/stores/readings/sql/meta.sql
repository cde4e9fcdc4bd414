-- Which version of the schema a file has; asked before anything else is touched.
CREATE TABLE IF NOT EXISTS meta (name VARCHAR NOT NULL, value VARCHAR NOT NULL);

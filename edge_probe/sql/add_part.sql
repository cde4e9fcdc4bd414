-- What one meter used, for a data code that is made of several.
INSERT OR IGNORE INTO part (data_code, start, part, value, origin) VALUES (:data_code, :start, :part, :value, :origin);

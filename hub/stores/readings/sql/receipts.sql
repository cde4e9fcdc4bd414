SELECT b.*
FROM batch AS b
SEMI JOIN asked_keys AS a USING (source, key);

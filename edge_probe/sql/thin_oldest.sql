-- The oldest readings, wanted or not.
DELETE FROM reading WHERE sequence IN (SELECT sequence FROM reading ORDER BY sequence LIMIT :limit)
RETURNING sequence, unit, data_code, start, value;

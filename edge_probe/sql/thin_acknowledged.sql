-- The oldest readings that everybody has.
DELETE FROM reading
WHERE sequence IN (
    SELECT sequence FROM reading
    WHERE sequence <= (SELECT min(acknowledged) FROM uplink)
    ORDER BY sequence
    LIMIT :limit
)
RETURNING sequence, unit, data_code, start, value;

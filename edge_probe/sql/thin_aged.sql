-- Readings that everybody has and that are older than they must be kept. Nothing goes while no uplink is known.
DELETE FROM reading
WHERE sequence IN (
    SELECT sequence FROM reading
    WHERE written_at < :before AND sequence <= (SELECT min(acknowledged) FROM uplink)
    ORDER BY sequence
    LIMIT :limit
)
RETURNING sequence, unit, data_code, start, value;

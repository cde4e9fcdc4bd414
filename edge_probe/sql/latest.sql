-- The newest reading of each data code.
SELECT r.sequence, r.unit, r.data_code, r.start, r.value, r.origin, r.written_at
FROM reading AS r
WHERE r.sequence IN (SELECT max(sequence) FROM reading GROUP BY data_code)
ORDER BY r.data_code;

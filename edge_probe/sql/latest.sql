-- The newest reading of each data code. Each code is sought for in the index, for a page asks this every few seconds and six
-- months are millions of rows.
WITH RECURSIVE code (data_code) AS (
    SELECT min(data_code) FROM reading
    UNION ALL
    SELECT (SELECT min(data_code) FROM reading WHERE data_code > code.data_code)
    FROM code
    WHERE code.data_code IS NOT NULL
)
SELECT r.sequence, r.unit, r.data_code, r.start, r.value, r.origin, r.written_at
FROM code
JOIN reading AS r ON r.sequence = (SELECT max(sequence) FROM reading WHERE data_code = code.data_code)
ORDER BY r.data_code;

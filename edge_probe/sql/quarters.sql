-- What is kept of a data code between two moments, each quarter-hour as it was written last.
SELECT r.sequence, r.unit, r.data_code, r.start, r.value, r.origin, r.written_at
FROM reading AS r
WHERE r.data_code = :data_code
    AND r.start >= :begin AND r.start < :end
    AND r.sequence = (SELECT max(sequence) FROM reading WHERE data_code = r.data_code AND start = r.start)
ORDER BY r.start;

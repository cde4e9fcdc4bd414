-- What holds of a quarter-hour: the reading that was written last.
SELECT sequence, unit, data_code, start, value, written_at
FROM reading
WHERE data_code = :data_code AND start = :start AND unit = :unit
ORDER BY sequence DESC
LIMIT 1;

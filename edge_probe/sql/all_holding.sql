-- What holds of every quarter-hour; SQLite takes the other columns of the row that has the maximum.
SELECT unit, data_code, start, value, max(sequence) AS sequence
FROM reading
GROUP BY data_code, start, unit;

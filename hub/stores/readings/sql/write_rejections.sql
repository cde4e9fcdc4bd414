INSERT INTO rejection
SELECT $first_id + row_number() OVER (ORDER BY row, code), $batch, row, code, why, raw
FROM refused;

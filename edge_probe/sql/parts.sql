-- The parts of a data code, of every quarter-hour that has them all.
SELECT part, start, value, origin
FROM part
WHERE data_code = :data_code
    AND start IN (SELECT start FROM part WHERE data_code = :data_code GROUP BY start HAVING count(*) >= :count)
ORDER BY start, part;

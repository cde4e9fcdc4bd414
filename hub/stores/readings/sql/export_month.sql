-- The readings of one granularity that begin in [low, high), as they were said up to a batch, by unit, point and start.
SELECT u.credit_code, p.data_code, r.start, r.value, r.origin, r.version, r.batch_id AS batch
FROM said($as_of, $low, $high, 0, 2147483647) AS r
JOIN unit AS u ON u.unit_id = r.unit_id
JOIN point AS p ON p.unit_id = r.unit_id AND p.point_id = r.point_id
WHERE r.granularity = $granularity AND ($units IS NULL OR list_contains($units, u.credit_code))
ORDER BY u.credit_code, p.data_code, r.start;

-- Readings that a platform refused and that were not tried lately.
SELECT r.sequence, r.unit, r.data_code, r.start, r.value, r.origin, r.written_at
FROM refused AS f
JOIN reading AS r USING (sequence)
WHERE f.uplink = :uplink AND f.tried <= :before
ORDER BY r.sequence
LIMIT :limit;

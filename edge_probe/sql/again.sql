-- The next readings that go to an uplink once more.
SELECT a.number, a.tick, r.sequence, r.unit, r.data_code, r.start, r.value, r.origin, r.written_at
FROM again AS a
JOIN reading AS r USING (sequence)
WHERE a.uplink = :uplink
ORDER BY a.number
LIMIT :limit;

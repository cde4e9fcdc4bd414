-- The batch an uplink has claimed and not handed over yet.
SELECT r.sequence, r.unit, r.data_code, r.start, r.value, r.origin, r.written_at
FROM uplink AS u
JOIN reading AS r ON r.sequence > u.acknowledged AND r.sequence <= u.claimed
WHERE u.name = :uplink
ORDER BY r.sequence;

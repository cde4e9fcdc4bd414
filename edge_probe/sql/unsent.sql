-- The batch an uplink has claimed and not handed over yet.
SELECT r.sequence, r.unit, r.data_code, r.start, r.value, r.origin, r.written_at
FROM uplink AS u
JOIN reading AS r ON r.sequence > u.acknowledged AND r.sequence <= u.claimed
WHERE u.name = :uplink
    AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = u.name AND t.sequence = r.sequence)
ORDER BY r.sequence;

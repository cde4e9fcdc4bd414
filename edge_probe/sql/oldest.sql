-- The first reading that an uplink does not have.
SELECT r.written_at
FROM uplink AS u
JOIN reading AS r ON r.sequence > u.acknowledged
WHERE u.name = :uplink
    AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = u.name AND t.sequence = r.sequence)
ORDER BY r.sequence
LIMIT 1;

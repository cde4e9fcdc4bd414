-- How much each uplink still has to hand over, and since when the first of it waits.
SELECT
    u.name,
    u.acknowledged,
    (SELECT count(*) FROM reading AS r WHERE r.sequence > u.acknowledged) - (
        SELECT count(*) FROM taken AS t JOIN reading AS r ON r.sequence = t.sequence
        WHERE t.uplink = u.name AND t.sequence > u.acknowledged
    ) AS waiting,
    (
        SELECT r.written_at
        FROM reading AS r
        WHERE r.sequence > u.acknowledged
            AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = u.name AND t.sequence = r.sequence)
        ORDER BY r.sequence
        LIMIT 1
    ) AS oldest
FROM uplink AS u
ORDER BY u.name;

-- What an uplink sends before its backlog.
SELECT r.sequence, r.unit, r.data_code, r.start, r.value, r.origin, r.written_at
FROM live AS l
JOIN reading AS r ON r.sequence BETWEEN l.first AND l.last
WHERE l.uplink = :uplink
    AND NOT EXISTS (SELECT 1 FROM taken AS t WHERE t.uplink = l.uplink AND t.sequence = r.sequence)
ORDER BY r.sequence;

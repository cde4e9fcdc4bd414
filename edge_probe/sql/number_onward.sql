-- New readings get numbers behind all that anything names, or a platform would be thought to have them.
INSERT INTO sqlite_sequence (name, seq)
SELECT 'reading', coalesce(max(number), 0)
FROM (
    SELECT max(sequence) AS number FROM reading
    UNION ALL SELECT max(acknowledged) FROM uplink
    UNION ALL SELECT max(sequence) FROM taken
    UNION ALL SELECT max(sequence) FROM refused
    UNION ALL SELECT max(sequence) FROM again
);

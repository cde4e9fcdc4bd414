-- As many readings hold as were accepted and not taken back, what replaces is there, and each reading's day is that of its start.
SELECT 'readings that hold', said::VARCHAR, hold::VARCHAR
FROM (
    SELECT (SELECT coalesce(sum(accepted), 0) FROM batch) - (SELECT count(*) FROM withdrawn) AS said,
        (SELECT count(*) FROM reading) - (SELECT count(*) FROM replaced) AS hold
)
WHERE said <> hold
UNION ALL
SELECT 'replaced readings', (SELECT coalesce(sum(corrected), 0) FROM batch)::VARCHAR, (SELECT count(*) FROM replaced)::VARCHAR
WHERE (SELECT coalesce(sum(corrected), 0) FROM batch) <> (SELECT count(*) FROM replaced)
UNION ALL
SELECT 'days of readings', strayed::VARCHAR || ' of another day', '0 of another day'
FROM (
    SELECT count(*) AS strayed
    FROM reading
    WHERE day <> beijing_day(start) OR unit_day <> (CAST(day - DATE '1970-01-01' AS BIGINT) << 32) + unit_id
)
WHERE strayed > 0;

-- As many readings hold as were accepted, and what replaces is there.
SELECT 'readings that hold', (SELECT coalesce(sum(accepted), 0) FROM batch)::VARCHAR,
    ((SELECT count(*) FROM reading) - (SELECT count(*) FROM replaced))::VARCHAR
WHERE (SELECT coalesce(sum(accepted), 0) FROM batch) <> (SELECT count(*) FROM reading) - (SELECT count(*) FROM replaced)
UNION ALL
SELECT 'replaced readings', (SELECT coalesce(sum(corrected), 0) FROM batch)::VARCHAR, (SELECT count(*) FROM replaced)::VARCHAR
WHERE (SELECT coalesce(sum(corrected), 0) FROM batch) <> (SELECT count(*) FROM replaced);

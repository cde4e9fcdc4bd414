-- What each batch says came of it, and what of it is there.
WITH kept AS (
    SELECT batch_id, 'readings' AS what, count(*) AS rows
    FROM (SELECT batch_id FROM reading UNION ALL SELECT batch_id FROM outdated)
    GROUP BY batch_id
    UNION ALL
    SELECT replaced_by, 'replaced', count(*) FROM replaced GROUP BY replaced_by
    UNION ALL
    SELECT batch_id, 'rejections', count(*) FROM rejection GROUP BY batch_id
    UNION ALL
    SELECT batch_id, 'suspect', count(DISTINCT (unit_id, point_id, granularity, start)) FROM verdict GROUP BY batch_id
),
said AS (
    SELECT id AS batch_id, 'readings' AS what, accepted + corrected + superseded - coalesce(w.rows, 0) AS rows
    FROM batch
    LEFT JOIN (SELECT withdrawn_by, count(*) AS rows FROM withdrawn GROUP BY ALL) AS w ON w.withdrawn_by = id
    UNION ALL
    SELECT id, 'replaced', corrected FROM batch
    UNION ALL
    SELECT id, 'rejections', rejected FROM batch
    UNION ALL
    SELECT id, 'suspect', suspect FROM batch
)
SELECT 'batch ' || batch_id || ', ' || what, coalesce(s.rows, 0)::VARCHAR, coalesce(k.rows, 0)::VARCHAR
FROM said AS s
FULL JOIN kept AS k USING (batch_id, what)
WHERE coalesce(s.rows, 0) <> coalesce(k.rows, 0)
ORDER BY 1
LIMIT 1000;

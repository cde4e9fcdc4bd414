-- Rows each batch says it kept, and rows of it that are there.
WITH kept AS (
    SELECT batch_id, count(*) AS rows FROM (SELECT batch_id FROM reading UNION ALL SELECT batch_id FROM outdated)
    GROUP BY batch_id
)
SELECT 'batch ' || coalesce(b.id, k.batch_id), coalesce(b.accepted + b.corrected + b.superseded, 0)::VARCHAR,
    coalesce(k.rows, 0)::VARCHAR
FROM batch AS b
FULL JOIN kept AS k ON k.batch_id = b.id
WHERE coalesce(b.accepted + b.corrected + b.superseded, 0) <> coalesce(k.rows, 0)
ORDER BY 1
LIMIT 1000;

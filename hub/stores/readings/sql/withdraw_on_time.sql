-- What was taken back was in time where its first value since the last time it was taken back came so: that counts no more.
INSERT INTO card
WITH gone AS (
    SELECT unit_id, point_id, granularity, day, start FROM withdrawn WHERE withdrawn_by = $batch
),
first AS (
    SELECT g.unit_id, g.point_id, g.granularity, g.day, g.start, min(r.batch_id) AS batch_id
    FROM gone AS g
    JOIN reading AS r USING (unit_id, point_id, granularity, start)
    LEFT JOIN (
        SELECT unit_id, point_id, granularity, start, max(withdrawn_by) AS again
        FROM withdrawn
        WHERE withdrawn_by < $batch
        GROUP BY ALL
    ) AS w USING (unit_id, point_id, granularity, start)
    WHERE r.day IN (SELECT day FROM gone) AND (w.again IS NULL OR r.batch_id > w.again)
    GROUP BY ALL
)
SELECT f.unit_id, f.granularity, f.day, $at, 0, 0, -count(*), 0, 0, 0
FROM first AS f
JOIN batch AS b ON b.id = f.batch_id
JOIN point AS p USING (unit_id, point_id)
WHERE b.received_at < deadline(f.granularity, f.day)
    AND p.state <> 'proposed' AND p.granularity = f.granularity AND is_due(f.day, p.since, p.until, p.waived_from, p.waived_until)
GROUP BY ALL;

-- What each batch changed of the days to be counted anew: what it wrote, and what it replaced or took back (sign -1).
-- A period was in time where its first value since it was last taken back came so: that counts once, at that batch.
WITH mine AS (
    SELECT r.unit_id, r.point_id, r.granularity, r.day, r.start, r.value, r.batch_id, b.received_at,
        (
            SELECT max(w.withdrawn_by)
            FROM withdrawn AS w
            WHERE w.unit_id = r.unit_id AND w.point_id = r.point_id AND w.granularity = r.granularity
                AND w.start = r.start AND w.withdrawn_by < r.batch_id
        ) AS since
    FROM reading AS r
    SEMI JOIN damaged USING (unit_id, granularity, day)
    JOIN batch AS b ON b.id = r.batch_id
),
placed AS (
    SELECT m.*, min(received_at) OVER same AS came, batch_id = min(batch_id) OVER same AS is_first
    FROM mine AS m
    WINDOW same AS (PARTITION BY unit_id, point_id, granularity, start, since)
),
ended AS (
    SELECT g.unit_id, g.point_id, g.granularity, g.start, g.batch_id, b.received_at AS ended_at,
        w.withdrawn_by IS NOT NULL AS is_gone
    FROM replaced AS g
    SEMI JOIN damaged USING (unit_id, granularity, day)
    JOIN batch AS b ON b.id = g.replaced_by
    LEFT JOIN withdrawn AS w
        ON w.unit_id = g.unit_id AND w.point_id = g.point_id AND w.granularity = g.granularity AND w.start = g.start
        AND w.batch_id = g.batch_id AND w.withdrawn_by = g.replaced_by
),
changed AS (
    SELECT unit_id, point_id, granularity, day, start, value, came, received_at AS told_at, 1 AS sign,
        CAST(is_first AS INTEGER) AS counted
    FROM placed
    UNION ALL
    SELECT p.unit_id, p.point_id, p.granularity, p.day, p.start, p.value, p.came, e.ended_at, -1,
        -CAST(e.is_gone AS INTEGER)
    FROM placed AS p
    JOIN ended AS e USING (unit_id, point_id, granularity, start, batch_id)
)
SELECT c.unit_id, c.point_id, c.granularity, c.day, c.start, c.value, c.told_at, c.sign,
    CASE WHEN o.due THEN c.sign ELSE 0 END AS due,
    CASE WHEN o.due AND c.came < deadline(c.granularity, c.day) THEN c.counted ELSE 0 END AS on_time
FROM changed AS c
JOIN point AS p USING (unit_id, point_id),
    LATERAL (
        SELECT p.state <> 'proposed' AND p.granularity = c.granularity
            AND is_due(c.day, p.since, p.until, p.waived_from, p.waived_until) AS due
    ) AS o;

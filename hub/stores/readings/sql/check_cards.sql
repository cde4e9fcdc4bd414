-- Cards as kept and as the readings make them.
-- A value came with the first batch that said anything of its period since it was last taken back.
WITH earlier AS (
    SELECT unit_id, point_id, granularity, start, min(batch_id) AS batch_id
    FROM written
    LEFT JOIN taken_back USING (unit_id, point_id, granularity, start)
    WHERE replaced_by IS NOT NULL AND (taken_by IS NULL OR batch_id > taken_by)
    GROUP BY ALL
),
owed AS (
    SELECT c.*, b.received_at AS came,
        p.state <> 'proposed' AND p.granularity = c.granularity
            AND is_due(c.day, p.since, p.until, p.waived_from, p.waived_until) AS due
    FROM checked AS c
    LEFT JOIN earlier AS e USING (unit_id, point_id, granularity, start)
    JOIN batch AS b ON b.id = coalesce(e.batch_id, c.batch_id)
    LEFT JOIN point AS p ON p.unit_id = c.unit_id AND p.point_id = c.point_id
),
recomputed AS (
    SELECT unit_id, granularity, day, count(*) AS readings, count(*) FILTER (due) AS due,
        count(*) FILTER (due AND came < deadline(granularity, day)) AS on_time, sum(value) AS total
    FROM owed
    GROUP BY ALL
),
with_lanes AS (
    SELECT r.unit_id, r.granularity, r.day, (r.readings, r.due, r.on_time, r.total, l.lane_a, l.lane_b)::VARCHAR AS said
    FROM recomputed AS r
    JOIN recomputed_lanes AS l USING (unit_id, granularity, day)
),
kept AS (
    SELECT unit_id, granularity, day,
        (sum(readings)::BIGINT, sum(due)::BIGINT, sum(on_time)::BIGINT, sum(total)::DECIMAL(38, 4),
            (sum(lane_a) % 18446744073709551616)::UBIGINT, (sum(lane_b) % 18446744073709551616)::UBIGINT)::VARCHAR AS said
    FROM card
    SEMI JOIN chosen USING (unit_id)
    WHERE unit_id >= $first_unit AND unit_id <= $last_unit
    GROUP BY ALL
    HAVING (sum(readings), sum(due), sum(on_time), sum(total)) <> (0, 0, 0, 0)
        OR (sum(lane_a) % 18446744073709551616, sum(lane_b) % 18446744073709551616) <> (0, 0)
)
SELECT 'unit ' || unit_id || ', granularity ' || granularity || ', ' || day, coalesce(k.said, 'nothing'),
    coalesce(r.said, 'nothing')
FROM kept AS k
FULL JOIN with_lanes AS r USING (unit_id, granularity, day)
WHERE k.said IS DISTINCT FROM r.said
ORDER BY 1
LIMIT 1000;

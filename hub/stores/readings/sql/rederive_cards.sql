-- Which readings were due, and which of those came in time, by the points as they stand now. A key has one reading
-- that holds, and came first with its first batch since it was last taken back.
INSERT INTO card
WITH anew AS (SELECT unit_id FROM concerned WHERE anew),
first AS (
    SELECT r.unit_id, r.point_id, r.granularity, r.day, r.start, min(b.received_at) AS came
    FROM reading AS r
    SEMI JOIN anew USING (unit_id)
    JOIN batch AS b ON b.id = r.batch_id
    LEFT JOIN taken_back AS t USING (unit_id, point_id, granularity, start)
    WHERE t.taken_by IS NULL OR r.batch_id > t.taken_by
    GROUP BY ALL
),
owed AS (
    SELECT f.unit_id, f.granularity, f.day, count(*) AS due,
        count(*) FILTER (f.came < deadline(f.granularity, f.day)) AS on_time
    FROM first AS f
    JOIN point AS p USING (unit_id, point_id)
    WHERE p.state <> 'proposed' AND p.granularity = f.granularity
        AND is_due(f.day, p.since, p.until, p.waived_from, p.waived_until)
    GROUP BY ALL
),
told AS (
    SELECT unit_id, granularity, day, -sum(due) AS due, -sum(on_time) AS on_time
    FROM card
    SEMI JOIN anew USING (unit_id)
    GROUP BY ALL
)
SELECT unit_id, granularity, day, $at, 0, sum(due), sum(on_time), 0, 0, 0
FROM (FROM owed UNION ALL FROM told)
GROUP BY ALL
HAVING sum(due) <> 0 OR sum(on_time) <> 0;

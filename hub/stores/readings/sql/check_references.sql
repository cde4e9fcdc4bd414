-- Notes about readings that are not there: what was replaced and by what, taken back, confirmed, too late, or doubtful. And readings
-- of which more than one holds: whatever lets a batch miss what it should have met shows here and nowhere else.
WITH of_units AS (
    SELECT 'replaced' AS what, unit_id, point_id, granularity, day, start, batch_id, replaced_by AS later_batch,
        'replaced by batch ' || replaced_by AS note
    FROM replaced
    UNION ALL
    SELECT 'confirmed', unit_id, point_id, granularity, day, start, batch_id, confirmed_by, 'confirmed by batch ' || confirmed_by
    FROM confirmed
    UNION ALL
    SELECT 'withdrawn', unit_id, point_id, granularity, day, start, batch_id, withdrawn_by,
        'taken back by batch ' || withdrawn_by
    FROM withdrawn
    UNION ALL
    SELECT 'verdict', unit_id, point_id, granularity, beijing_day(start), start, batch_id, NULL, rule FROM verdict
),
notes AS (
    SELECT * FROM of_units SEMI JOIN chosen USING (unit_id) WHERE unit_id >= $first_unit AND unit_id <= $last_unit
),
late AS (
    SELECT 'outdated' AS what, o.*
    FROM outdated AS o
    SEMI JOIN chosen USING (unit_id)
    WHERE o.unit_id >= $first_unit AND o.unit_id <= $last_unit
),
found AS (
    SELECT n.*, 'no such reading' AS recomputed
    FROM notes AS n
    ANTI JOIN written USING (unit_id, point_id, granularity, day, start, batch_id)
    UNION ALL
    SELECT n.*, 'no reading of that batch'
    FROM notes AS n
    ANTI JOIN written AS w
        ON w.unit_id = n.unit_id AND w.point_id = n.point_id AND w.granularity = n.granularity AND w.start = n.start
        AND w.batch_id = n.later_batch
    ANTI JOIN withdrawn AS t
        ON t.unit_id = n.unit_id AND t.point_id = n.point_id AND t.granularity = n.granularity AND t.start = n.start
        AND t.batch_id = n.batch_id AND t.withdrawn_by = n.later_batch
    WHERE n.what = 'replaced'
    UNION ALL
    SELECT n.*, 'not replaced by that batch'
    FROM notes AS n
    ANTI JOIN written AS w
        ON w.unit_id = n.unit_id AND w.point_id = n.point_id AND w.granularity = n.granularity AND w.start = n.start
        AND w.batch_id = n.batch_id AND w.replaced_by = n.later_batch
    WHERE n.what = 'withdrawn'
    UNION ALL
    SELECT n.*, 'no later batch'
    FROM notes AS n
    LEFT JOIN batch AS b ON b.id = n.later_batch
    WHERE n.what = 'confirmed' AND (b.id IS NULL OR n.later_batch <= n.batch_id)
    UNION ALL
    SELECT l.what, l.unit_id, l.point_id, l.granularity, l.day, l.start, l.batch_id, NULL, l.value::VARCHAR,
        'no reading that came before it'
    FROM late AS l
    ANTI JOIN written AS w
        ON w.unit_id = l.unit_id AND w.point_id = l.point_id AND w.granularity = l.granularity AND w.start = l.start
        AND w.batch_id <= l.batch_id
    UNION ALL
    SELECT 'confirmed', c.unit_id, c.point_id, c.granularity, c.day, c.start, c.batch_id, NULL, 'version ' || c.version,
        'a version later than ' || w.version
    FROM confirmed AS c
    JOIN written AS w USING (unit_id, point_id, granularity, start, batch_id)
    WHERE c.version <= w.version
    UNION ALL
    SELECT 'reading', unit_id, point_id, granularity, max(day), start, max(batch_id), NULL, count(*) || ' hold', 'one holds'
    FROM checked
    GROUP BY unit_id, point_id, granularity, start
    HAVING count(*) > 1
    UNION ALL
    SELECT l.what, l.unit_id, l.point_id, l.granularity, l.day, l.start, l.batch_id, NULL, l.day::VARCHAR,
        beijing_day(l.start)::VARCHAR
    FROM late AS l
    WHERE l.day <> beijing_day(l.start)
)
SELECT what || ', unit ' || unit_id || ', point ' || point_id || ', granularity ' || granularity || ', ' || start
    || ', batch ' || batch_id, note, recomputed
FROM found
ORDER BY 1
LIMIT 1000;

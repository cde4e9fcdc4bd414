-- Days by the rule of day_value; what is made of finer values says so (origin 9: derived).
WITH marked AS (
    -- Which days hold a reading with a verdict, of those that counted then.
    SELECT DISTINCT r.unit_id, r.point_id, beijing_day(r.start) AS day
    FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    JOIN asked AS a USING (unit_id, point_id)
    JOIN verdict AS v
        ON v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
        AND v.granularity = r.granularity AND v.start = r.start
    WHERE r.granularity <= 3
)
SELECT d.unit_id, d.point_id, beijing_midnight(d.day) AS start, d.value, coalesce(d.own_origin, 9) AS origin,
    d.batch_id AS batch, m.day IS NOT NULL AS suspect
FROM day_value($as_of, $low, $high, $first_unit, $last_unit) AS d
JOIN asked AS a USING (unit_id, point_id)
LEFT JOIN marked AS m ON m.unit_id = d.unit_id AND m.point_id = d.point_id AND m.day = d.day
QUALIFY row_number() OVER (PARTITION BY d.unit_id, d.point_id ORDER BY d.day) <= $first OR $first IS NULL
ORDER BY d.unit_id, d.point_id, start;

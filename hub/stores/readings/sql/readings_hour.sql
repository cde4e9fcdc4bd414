-- Hours by the rule of hour_value; what is made of quarter-hours says so (origin 9: derived).
WITH marked AS (
    -- Which hours hold a reading with a verdict, of those that counted then.
    SELECT DISTINCT r.unit_id, r.point_id, time_bucket(INTERVAL 1 HOUR, r.start) AS start
    FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    JOIN asked AS a USING (unit_id, point_id)
    JOIN verdict AS v
        ON v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
        AND v.granularity = r.granularity AND v.start = r.start
    WHERE r.granularity <= 2
)
SELECT h.unit_id, h.point_id, h.start, h.value, coalesce(h.own_origin, 9) AS origin, h.batch_id AS batch,
    m.start IS NOT NULL AS suspect
FROM hour_value($as_of, $low, $high, $first_unit, $last_unit) AS h
JOIN asked AS a USING (unit_id, point_id)
LEFT JOIN marked AS m ON m.unit_id = h.unit_id AND m.point_id = h.point_id AND m.start = h.start
QUALIFY row_number() OVER (PARTITION BY h.unit_id, h.point_id ORDER BY h.start) <= $first OR $first IS NULL
ORDER BY h.unit_id, h.point_id, h.start;

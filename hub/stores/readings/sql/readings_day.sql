-- Days: one value a day by the rule of day_value; derived ones say so (origin 9).
WITH marked AS (
    -- Which days hold a reading with a verdict, of those that counted then.
    SELECT DISTINCT r.unit_id, r.point_id, beijing_day(r.start) AS day
    FROM said($as_of, $low, $high) AS r
    JOIN asked AS a USING (unit_id, point_id)
    JOIN verdict AS v
        ON v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
        AND v.granularity = r.granularity AND v.start = r.start
    WHERE r.granularity <= 3
)
SELECT d.unit_id, d.point_id, CAST(d.day AS TIMESTAMP) - INTERVAL 8 HOUR AS start, d.value,
    CASE WHEN d.sent THEN coalesce(o.origin, 9) ELSE 9 END AS origin, d.batch_id AS batch,
    m.day IS NOT NULL AS suspect
FROM day_value($as_of, $low, $high) AS d
JOIN asked AS a USING (unit_id, point_id)
LEFT JOIN (SELECT * FROM said($as_of, $low, $high) WHERE granularity = 3) AS o
    ON o.unit_id = d.unit_id AND o.point_id = d.point_id AND beijing_day(o.start) = d.day
LEFT JOIN marked AS m ON m.unit_id = d.unit_id AND m.point_id = d.point_id AND m.day = d.day
QUALIFY row_number() OVER (PARTITION BY d.unit_id, d.point_id ORDER BY d.day) <= $first OR $first IS NULL
ORDER BY d.unit_id, d.point_id, start;

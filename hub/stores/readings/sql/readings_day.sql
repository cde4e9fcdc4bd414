-- Days: one value a day by the rule of day_value; derived ones say so (origin 9).
SELECT d.unit_id, d.point_id, CAST(d.day AS TIMESTAMP) - INTERVAL 8 HOUR AS start, d.value,
    CASE WHEN d.sent THEN coalesce(o.origin, 9) ELSE 9 END AS origin, d.batch_id AS batch, false AS suspect
FROM day_value($as_of, $low, $high) AS d
JOIN asked AS a USING (unit_id, point_id)
LEFT JOIN (SELECT * FROM said($as_of, $low, $high) WHERE granularity = 3) AS o
    ON o.unit_id = d.unit_id AND o.point_id = d.point_id AND beijing_day(o.start) = d.day
QUALIFY row_number() OVER (PARTITION BY d.unit_id, d.point_id ORDER BY d.day) <= $first OR $first IS NULL
ORDER BY d.unit_id, d.point_id, start;

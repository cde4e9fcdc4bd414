-- Hours by the rule of hours_of; what is made of quarter-hours says so (origin 9: derived). Where values do not add up
-- (efficiencies, coefficients) only what was said of the hour itself counts.
WITH found AS MATERIALIZED (
    SELECT r.* FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    SEMI JOIN asked USING (unit_id, point_id)
    WHERE r.granularity <= 2
),
marked AS (
    -- Which hours hold a reading with a verdict, of those that counted then.
    SELECT DISTINCT r.unit_id, r.point_id, time_bucket(INTERVAL 1 HOUR, r.start) AS start
    FROM found AS r
    JOIN verdict AS v
        ON v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
        AND v.granularity = r.granularity AND v.start = r.start
)
SELECT h.unit_id, h.point_id, h.start, CASE WHEN p.adds_up THEN h.value ELSE h.own END AS value,
    CASE WHEN p.adds_up THEN coalesce(h.own_origin, 9) ELSE h.said_origin END AS origin,
    h.batch_id AS batch, m.start IS NOT NULL AS suspect
FROM hours_of('found') AS h
JOIN asked AS p USING (unit_id, point_id)
LEFT JOIN marked AS m ON m.unit_id = h.unit_id AND m.point_id = h.point_id AND m.start = h.start
WHERE p.adds_up OR h.own IS NOT NULL
ORDER BY h.unit_id, h.point_id, h.start;

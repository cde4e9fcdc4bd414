-- Days by the rule of days_of; what is made of finer values says so (origin 9: derived). Where values do not add up
-- (efficiencies, coefficients) only what was said of the day itself counts.
WITH found AS MATERIALIZED (
    SELECT r.* FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    SEMI JOIN asked USING (unit_id, point_id)
    WHERE r.granularity <= 3
),
marked AS (
    -- Which days hold a reading with a verdict, of those that counted then.
    SELECT DISTINCT r.unit_id, r.point_id, r.day
    FROM found AS r
    JOIN verdict AS v
        ON v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
        AND v.granularity = r.granularity AND v.start = r.start
)
SELECT d.unit_id, d.point_id, beijing_midnight(d.day) AS start,
    CASE WHEN p.adds_up THEN d.value ELSE d.own END AS value,
    CASE WHEN p.adds_up THEN coalesce(d.own_origin, 9) ELSE d.said_origin END AS origin,
    d.batch_id AS batch, m.day IS NOT NULL AS suspect
FROM days_of('found') AS d
JOIN asked AS p USING (unit_id, point_id)
LEFT JOIN marked AS m ON m.unit_id = d.unit_id AND m.point_id = d.point_id AND m.day = d.day
WHERE p.adds_up OR d.own IS NOT NULL
ORDER BY d.unit_id, d.point_id, start;

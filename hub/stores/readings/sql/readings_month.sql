-- Months: the month's own value where its days are not whole, else the sum of its days (origin 9: derived). Where
-- values do not add up only what was said of the month itself counts.
WITH found AS MATERIALIZED (
    SELECT r.* FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    JOIN asked AS a USING (unit_id, point_id)
    WHERE r.granularity <= 4 AND (a.adds_up OR r.granularity = 4)
),
marked AS (
    -- Which months hold a reading with a verdict, of those that counted then.
    SELECT DISTINCT r.unit_id, r.point_id, month_of(r.day) AS month
    FROM found AS r
    JOIN verdict AS v
        ON v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
        AND v.granularity = r.granularity AND v.start = r.start
),
months AS (
    SELECT unit_id, point_id, month_of(day) AS month, sum(value) AS value, max(own_origin) AS own_origin,
        max(batch_id) AS batch
    FROM parts_of('found')
    WHERE part <> 1
    GROUP BY ALL
)
SELECT unit_id, point_id, beijing_midnight(month) AS start, value, coalesce(own_origin, 9) AS origin, batch,
    m.month IS NOT NULL AS suspect
FROM months
LEFT JOIN marked AS m USING (unit_id, point_id, month)
ORDER BY unit_id, point_id, start;

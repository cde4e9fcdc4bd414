-- Months: the sum of the days said, else the month's own value.
WITH marked AS (
    -- Which months hold a reading with a verdict, of those that counted then.
    SELECT DISTINCT r.unit_id, r.point_id, beijing_month(r.start) AS month
    FROM said($as_of, $low, $high) AS r
    JOIN asked AS a USING (unit_id, point_id)
    JOIN verdict AS v
        ON v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
        AND v.granularity = r.granularity AND v.start = r.start
    WHERE r.granularity <= 4
),
both_ways AS (
    SELECT unit_id, point_id, CAST(date_trunc('month', day) AS DATE) AS month, sum(value) AS value,
        max(batch_id) AS batch
    FROM day_value($as_of, $low, $high)
    GROUP BY ALL
    UNION ALL
    SELECT unit_id, point_id, CAST(date_trunc('month', day) AS DATE), value, batch_id
    FROM month_only_value($as_of, $low, $high)
)
SELECT b.unit_id, b.point_id, CAST(b.month AS TIMESTAMP) - INTERVAL 8 HOUR AS start, b.value, 9 AS origin, b.batch,
    m.month IS NOT NULL AS suspect
FROM both_ways AS b
JOIN asked AS a USING (unit_id, point_id)
LEFT JOIN marked AS m ON m.unit_id = b.unit_id AND m.point_id = b.point_id AND m.month = b.month
QUALIFY row_number() OVER (PARTITION BY b.unit_id, b.point_id ORDER BY b.month) <= $first OR $first IS NULL
ORDER BY b.unit_id, b.point_id, start;

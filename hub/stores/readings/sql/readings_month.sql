-- Months: the sum of the days said, else the month's own value.
WITH both_ways AS (
    SELECT unit_id, point_id, date_trunc('month', day) AS month, sum(value) AS value, max(batch_id) AS batch
    FROM day_value($as_of, $low, $high)
    GROUP BY ALL
    UNION ALL
    SELECT unit_id, point_id, date_trunc('month', day), value, batch_id
    FROM month_only_value($as_of, $low, $high)
)
SELECT unit_id, point_id, CAST(month AS TIMESTAMP) - INTERVAL 8 HOUR AS start, value, 9 AS origin, batch, false AS suspect
FROM both_ways
JOIN asked AS a USING (unit_id, point_id)
QUALIFY row_number() OVER (PARTITION BY unit_id, point_id ORDER BY month) <= $first OR $first IS NULL
ORDER BY unit_id, point_id, start;

-- Hours: the hour's own value, else the sum of its four quarter-hours (origin 9: derived).
WITH by_hour AS (
    SELECT unit_id, point_id, time_bucket(INTERVAL 1 HOUR, start) AS start, max(batch_id) AS batch,
        sum(value) FILTER (granularity = 2) AS own, sum(value) FILTER (granularity = 1) AS quarters,
        max(origin) FILTER (granularity = 2) AS origin
    FROM said($as_of, $low, $high)
    JOIN asked AS a USING (unit_id, point_id)
    WHERE granularity <= 2
    GROUP BY ALL
)
SELECT unit_id, point_id, start, coalesce(own, quarters) AS value, coalesce(origin, 9) AS origin, batch, false AS suspect
FROM by_hour
QUALIFY row_number() OVER (PARTITION BY unit_id, point_id ORDER BY start) <= $first OR $first IS NULL
ORDER BY unit_id, point_id, start;

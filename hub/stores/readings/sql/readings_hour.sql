-- Hours: the hour's own value, else the sum of its four quarter-hours (origin 9: derived).
WITH marked AS (
    -- Which hours hold a reading with a verdict, of those that counted then.
    SELECT DISTINCT r.unit_id, r.point_id, time_bucket(INTERVAL 1 HOUR, r.start) AS start
    FROM said($as_of, $low, $high) AS r
    JOIN asked AS a USING (unit_id, point_id)
    JOIN verdict AS v
        ON v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
        AND v.granularity = r.granularity AND v.start = r.start
    WHERE r.granularity <= 2
),
by_hour AS (
    SELECT unit_id, point_id, time_bucket(INTERVAL 1 HOUR, start) AS start, max(batch_id) AS batch,
        sum(value) FILTER (granularity = 2) AS own, sum(value) FILTER (granularity = 1) AS quarters,
        max(origin) FILTER (granularity = 2) AS origin
    FROM said($as_of, $low, $high)
    JOIN asked AS a USING (unit_id, point_id)
    WHERE granularity <= 2
    GROUP BY ALL
)
SELECT h.unit_id, h.point_id, h.start, coalesce(own, quarters) AS value, coalesce(origin, 9) AS origin, batch,
    m.start IS NOT NULL AS suspect
FROM by_hour AS h
LEFT JOIN marked AS m ON m.unit_id = h.unit_id AND m.point_id = h.point_id AND m.start = h.start
QUALIFY row_number() OVER (PARTITION BY h.unit_id, h.point_id ORDER BY h.start) <= $first OR $first IS NULL
ORDER BY h.unit_id, h.point_id, h.start;

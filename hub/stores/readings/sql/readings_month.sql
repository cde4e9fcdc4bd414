-- Months: the month's own value where its days are not whole, else the sum of its days (origin 9: derived).
WITH marked AS (
    -- Which months hold a reading with a verdict, of those that counted then.
    SELECT DISTINCT r.unit_id, r.point_id, month_of(beijing_day(r.start)) AS month
    FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
    JOIN asked AS a USING (unit_id, point_id)
    JOIN verdict AS v
        ON v.batch_id = r.batch_id AND v.unit_id = r.unit_id AND v.point_id = r.point_id
        AND v.granularity = r.granularity AND v.start = r.start
    WHERE r.granularity <= 4
),
own AS (
    SELECT unit_id, point_id, month, value AS own, origin, batch_id AS own_batch
    FROM own_month($as_of, $low, $high, $first_unit, $last_unit)
    JOIN asked AS a USING (unit_id, point_id)
),
days AS (
    SELECT unit_id, point_id, month_of(day) AS month, sum(value) AS parts, max(batch_id) AS parts_batch
    FROM day_value($as_of, $low, $high, $first_unit, $last_unit)
    JOIN asked AS a USING (unit_id, point_id)
    GROUP BY ALL
)
SELECT unit_id, point_id, beijing_midnight(month) AS start, coalesce(own, parts) AS value,
    coalesce(origin, 9) AS origin, greatest(own_batch, parts_batch) AS batch, m.month IS NOT NULL AS suspect
FROM own
FULL JOIN days USING (unit_id, point_id, month)
LEFT JOIN marked AS m USING (unit_id, point_id, month)
QUALIFY row_number() OVER (PARTITION BY unit_id, point_id ORDER BY month) <= $first OR $first IS NULL
ORDER BY unit_id, point_id, start;

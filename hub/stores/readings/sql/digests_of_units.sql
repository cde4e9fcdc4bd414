-- Count, exact sum and digest of each unit in a period, with the province and division it is of.
WITH summed AS (
    SELECT unit_id, sum(readings)::BIGINT AS readings, sum(total)::DECIMAL(38, 4) AS total,
        (sum(lane_a) % 18446744073709551616)::UBIGINT AS lane_a,
        (sum(lane_b) % 18446744073709551616)::UBIGINT AS lane_b
    FROM card
    WHERE told_at <= $at AND day >= $first_day AND day <= $last_day
        AND ($granularity IS NULL OR granularity = $granularity)
        AND ($units IS NULL OR unit_id IN (SELECT unit_id FROM unit_at($at) WHERE list_contains($units, credit_code)))
    GROUP BY unit_id
    HAVING sum(readings) <> 0
)
SELECT u.province, u.region, u.credit_code AS unit, s.readings, s.total, s.lane_a, s.lane_b
FROM summed AS s
JOIN unit_at($at) AS u USING (unit_id)
ORDER BY u.province, u.credit_code;

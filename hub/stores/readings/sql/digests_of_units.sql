-- Count, exact sum and digest of each unit in a period, with the province it is of.
SELECT u.province, u.credit_code AS unit, sum(c.readings)::BIGINT AS readings,
    sum(c.total)::DECIMAL(38, 4) AS total,
    (sum(c.lane_a) % 18446744073709551616)::UBIGINT AS lane_a,
    (sum(c.lane_b) % 18446744073709551616)::UBIGINT AS lane_b
FROM card AS c
JOIN unit_at($at) AS u USING (unit_id)
WHERE c.told_at <= $at AND c.day >= $first_day AND c.day <= $last_day
    AND ($granularity IS NULL OR c.granularity = $granularity)
    AND ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
    AND ($units IS NULL OR list_contains($units, u.credit_code))
GROUP BY ALL
HAVING sum(c.readings) <> 0
ORDER BY ALL;

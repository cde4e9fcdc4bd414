-- Units within reach that anything is kept or held of in a period, and about how much that is, so that pieces stay small.
WITH kept AS (
    SELECT unit_id, sum(readings) AS readings FROM card WHERE day >= $first_day AND day <= $last_day GROUP BY ALL
)
SELECT u.credit_code, greatest(coalesce(k.readings, 0), 0)::BIGINT AS readings
FROM unit_at($at) AS u
LEFT JOIN kept AS k USING (unit_id)
WHERE ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
    AND ($units IS NULL OR list_contains($units, u.credit_code))
ORDER BY u.unit_id;

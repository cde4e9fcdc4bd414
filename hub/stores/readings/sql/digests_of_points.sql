-- Readings of some units that hold, with what a digest is made of: their points' days are told apart.
SELECT u.credit_code AS unit, r.unit_id, r.point_id, r.granularity, r.day, r.start, r.value
FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
JOIN unit_at($at) AS u USING (unit_id)
WHERE list_contains($units, u.credit_code)
    AND ($granularity IS NULL OR r.granularity = $granularity)
    AND ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach);

-- Values of some units that were taken back, and that no other took the place of, as one hub hands readings to another.
SELECT DISTINCT u.credit_code AS unit, p.data_code,
    CASE r.granularity WHEN 1 THEN 'quarter_hour' WHEN 2 THEN 'hour' WHEN 3 THEN 'day' WHEN 4 THEN 'month' ELSE 'year' END
        AS granularity,
    r.start, r.value, make_timestamp(r.version) AS version, r.origin
FROM withdrawn AS w
JOIN reading AS r USING (unit_id, point_id, granularity, start, batch_id)
ANTI JOIN said($as_of, $low, $high, $first_unit, $last_unit) AS h USING (unit_id, point_id, granularity, start)
JOIN unit_at($at) AS u USING (unit_id)
JOIN point_at($at) AS p USING (unit_id, point_id)
WHERE w.withdrawn_by <= $as_of AND w.start >= $low AND w.start < $high
    AND w.unit_id >= $first_unit AND w.unit_id <= $last_unit
    AND list_contains($units, u.credit_code)
    AND ($granularity IS NULL OR r.granularity = $granularity)
    AND ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
ORDER BY ALL;

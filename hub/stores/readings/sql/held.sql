-- Readings of some units that hold in a period, each under its newest version, as one hub hands them to another.
SELECT u.credit_code AS unit, p.data_code,
    CASE r.granularity WHEN 1 THEN 'quarter_hour' WHEN 2 THEN 'hour' WHEN 3 THEN 'day' WHEN 4 THEN 'month' ELSE 'year' END
        AS granularity,
    r.start, r.value, make_timestamp(greatest(r.version, again.version)) AS version, r.origin
FROM said($as_of, $low, $high, $first_unit, $last_unit) AS r
LEFT JOIN (
    SELECT unit_id, point_id, granularity, start, batch_id, max(version) AS version
    FROM confirmed
    WHERE confirmed_by <= $as_of AND start >= $low AND start < $high
        AND unit_id >= $first_unit AND unit_id <= $last_unit
    GROUP BY ALL
) AS again USING (unit_id, point_id, granularity, start, batch_id)
JOIN unit_at($at) AS u USING (unit_id)
JOIN point_at($at) AS p USING (unit_id, point_id)
WHERE list_contains($units, u.credit_code)
    AND ($granularity IS NULL OR r.granularity = $granularity)
    AND ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
    AND ($brought_by IS NULL OR r.batch_id IN (SELECT id FROM batch WHERE source = $brought_by))
ORDER BY ALL;

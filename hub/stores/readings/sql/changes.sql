-- Readings that hold and that a hub has not seen yet, whole batches only, in the order they were written.
SELECT u.credit_code AS unit, p.data_code,
    CASE r.granularity WHEN 1 THEN 'quarter_hour' WHEN 2 THEN 'hour' WHEN 3 THEN 'day' WHEN 4 THEN 'month' ELSE 'year' END
        AS granularity,
    r.start, r.value, make_timestamp(r.version) AS version, r.origin
FROM reading AS r
ANTI JOIN (
    SELECT unit_id, point_id, granularity, start, batch_id FROM replaced WHERE batch_id > $after AND batch_id <= $upto
) AS gone USING (unit_id, point_id, granularity, start, batch_id)
JOIN unit AS u USING (unit_id)
JOIN point AS p USING (unit_id, point_id)
WHERE r.batch_id > $after AND r.batch_id <= $upto
    AND ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
ORDER BY r.batch_id;

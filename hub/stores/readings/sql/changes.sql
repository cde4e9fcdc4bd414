-- Readings that hold and that a hub has not seen yet, or not under their newest version: whole batches only, in the order
-- they last were said; of one day where one is asked for.
SELECT u.credit_code AS unit, p.data_code,
    CASE t.granularity WHEN 1 THEN 'quarter_hour' WHEN 2 THEN 'hour' WHEN 3 THEN 'day' WHEN 4 THEN 'month' ELSE 'year' END
        AS granularity,
    t.start, t.value, make_timestamp(t.version) AS version, t.origin
FROM untold($after, $upto) AS t
JOIN unit AS u USING (unit_id)
JOIN point AS p USING (unit_id, point_id)
WHERE ($day IS NULL OR t.day = $day)
    AND ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
ORDER BY t.last_batch;

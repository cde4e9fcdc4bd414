-- Of what a hub has not seen up to a batch the readings that whoever sent them flagged as invalid.
SELECT DISTINCT u.credit_code AS unit, p.data_code,
    CASE t.granularity WHEN 1 THEN 'quarter_hour' WHEN 2 THEN 'hour' WHEN 3 THEN 'day' WHEN 4 THEN 'month' ELSE 'year' END
        AS granularity,
    t.start
FROM untold($after, $upto) AS t
JOIN verdict AS v USING (batch_id, unit_id, point_id, granularity, start)
JOIN unit AS u USING (unit_id)
JOIN point AS p USING (unit_id, point_id)
WHERE v.rule = 'flagged-invalid'
    AND ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach);

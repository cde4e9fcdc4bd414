-- Readings that hold and that a hub has not seen yet, or not under their newest version: whole batches only, in the order
-- they last were said.
WITH again AS (
    SELECT unit_id, point_id, granularity, start, batch_id, max(version) AS version, max(confirmed_by) AS confirmed_by
    FROM confirmed
    WHERE confirmed_by > $after AND confirmed_by <= $upto
    GROUP BY ALL
),
told AS (
    SELECT r.*, a.version AS newer_version, coalesce(a.confirmed_by, r.batch_id) AS last_batch
    FROM reading AS r
    LEFT JOIN again AS a USING (unit_id, point_id, granularity, start, batch_id)
    ANTI JOIN (
        SELECT unit_id, point_id, granularity, start, batch_id FROM replaced WHERE batch_id > $after AND batch_id <= $upto
    ) AS gone USING (unit_id, point_id, granularity, start, batch_id)
    WHERE r.batch_id > $after AND r.batch_id <= $upto
    UNION ALL
    SELECT r.*, a.version AS newer_version, a.confirmed_by AS last_batch
    FROM reading AS r
    JOIN (
        FROM again ANTI JOIN replaced USING (unit_id, point_id, granularity, start, batch_id) WHERE again.batch_id <= $after
    ) AS a USING (unit_id, point_id, granularity, start, batch_id)
)
SELECT u.credit_code AS unit, p.data_code,
    CASE t.granularity WHEN 1 THEN 'quarter_hour' WHEN 2 THEN 'hour' WHEN 3 THEN 'day' WHEN 4 THEN 'month' ELSE 'year' END
        AS granularity,
    t.start, t.value, make_timestamp(greatest(t.version, t.newer_version)) AS version, t.origin
FROM told AS t
JOIN unit AS u USING (unit_id)
JOIN point AS p USING (unit_id, point_id)
WHERE ($province_reach IS NULL OR u.province = $province_reach)
    AND ($region_reach IS NULL OR starts_with(u.region, $region_reach))
    AND ($unit_reach IS NULL OR u.credit_code = $unit_reach)
ORDER BY t.last_batch;
